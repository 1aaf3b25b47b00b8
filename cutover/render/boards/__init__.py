"""Dashboards as one page."""
