"""Tests of the rehearsal with real processes and sockets."""
