"""The command-line tool that moves the API's traffic from ECS to Lambda, step by step, and back at any time."""

__version__ = "0.1.0"
