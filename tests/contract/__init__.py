"""The HTTP contract as a client sees it: nothing but requests to a base URL and what they are answered with."""
