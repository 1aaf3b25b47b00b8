"""What the commands share: read the world, let the core decide, act through the ports, write it down first."""
