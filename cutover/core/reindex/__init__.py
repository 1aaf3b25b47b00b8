"""The pure part of a reindex: names, key ranges, windows, verdicts over bulk answers, what may be swapped."""
