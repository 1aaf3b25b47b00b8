"""Tests of what a rehearsal runs on, with nothing started."""
