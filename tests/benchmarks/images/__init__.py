"""The image pipeline beside sharp and Pillow: `python -m tests.benchmarks.images`."""
