"""Tests of the cutover tool without any I/O but files and loopback."""
