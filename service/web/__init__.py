"""What HTTP needs that no domain owns."""
