"""Dashboards of CloudWatch: what their JSON says, what it asks for, and what is marked in it. Pure."""
