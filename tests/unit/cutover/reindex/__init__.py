"""Tests of the parts of a reindex, without any server."""
