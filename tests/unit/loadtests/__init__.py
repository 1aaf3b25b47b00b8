"""Tests of the load test's own parts."""
