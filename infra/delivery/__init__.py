"""What the deploying workflows ask and decide, in Python, where it can be tested."""
