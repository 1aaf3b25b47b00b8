"""Dashboards, read and asked."""
