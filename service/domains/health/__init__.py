"""Is the service able to work?"""
