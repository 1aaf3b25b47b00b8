"""Runs that were really held against a stack on one machine, small ones, from which the pictures of the docs are made.

`python -m tests.recorded load FOLDER NAME` keeps a load test's folder. `python -m tests.recorded rehearsal errors@50`
holds a quick rehearsal with that fault, which takes a minute and both cores, and keeps what it came to.
`python -m tests.recorded boards` holds a quick one that ends well, and keeps what all dashboards showed at its end.
"""
