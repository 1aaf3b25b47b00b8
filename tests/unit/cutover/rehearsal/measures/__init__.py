"""Tests of what measures the stack's servers."""
