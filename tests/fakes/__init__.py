"""Stand-ins for the outside world that tests share."""
