"""Does the load test tell the truth, and what do both sides bear on this machine?"""
