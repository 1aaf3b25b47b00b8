"""Requests made up from the API's description, thousands of them, to both sides of a whole stack."""
