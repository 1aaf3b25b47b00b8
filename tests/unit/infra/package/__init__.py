"""The package: what is in it, and each step of its making."""
