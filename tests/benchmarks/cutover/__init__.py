"""How long the commands take that somebody waits for at 3 a.m."""
