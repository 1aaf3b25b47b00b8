"""Logs Insights' query language, as much of it as our queries need; the rest is refused.

fields, display, filter, parse (a glob or a regular expression with names), stats, sort, limit, dedup. What AWS's manual
leaves open is decided here: a comparison with a field that is not there is false; booleans of JSON are 1 and 0.
"""
