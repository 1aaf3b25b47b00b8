"""Metric math: what expressions over series mean; pure."""
