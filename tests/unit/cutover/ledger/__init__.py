"""Tests of the ledger among machines."""
