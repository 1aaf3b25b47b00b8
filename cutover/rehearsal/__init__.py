"""The whole migration on one machine: real servers and traffic, stand-ins for AWS, and what came of it."""
