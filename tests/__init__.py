"""Every test of the service and of cutover."""
