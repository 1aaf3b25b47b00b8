"""Tests of the edge process without I/O."""
