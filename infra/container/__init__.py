"""The image that ECS runs: the Dockerfile, and what is installed in it."""
