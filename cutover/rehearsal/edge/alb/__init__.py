"""The Application Load Balancer before the ECS side."""
