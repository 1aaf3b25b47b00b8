"""The pure parts of the infrastructure."""
