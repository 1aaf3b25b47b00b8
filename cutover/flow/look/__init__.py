"""What `status` and `watch` see."""
