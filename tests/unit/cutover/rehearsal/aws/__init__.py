"""The stand-in for AWS without its sockets."""
