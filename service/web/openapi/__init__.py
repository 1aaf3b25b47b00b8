"""The OpenAPI description, made from the controllers themselves. Nothing of it is imported to serve requests."""
