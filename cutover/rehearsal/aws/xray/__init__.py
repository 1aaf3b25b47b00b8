"""A stand-in of X-Ray: its daemon's UDP port, and the calls that show traces."""
