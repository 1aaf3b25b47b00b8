"""Tests of whole `cutover` processes against the stand-ins."""
