"""The load test as real Locust processes, against a small server."""
