"""Tests on real PostgreSQL, Valkey, search server and HTTP."""
