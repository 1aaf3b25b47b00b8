"""What logs, metrics and traces cost a request."""
