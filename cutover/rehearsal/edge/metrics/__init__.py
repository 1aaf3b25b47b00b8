"""What the stand-ins count, and how it reaches the CloudWatch stand-in."""
