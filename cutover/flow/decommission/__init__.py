"""The ladder down from ECS, rung by rung."""
