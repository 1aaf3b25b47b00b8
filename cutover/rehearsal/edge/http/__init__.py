"""HTTP/1.1 for the stand-ins: text of responses, and a server that hands over whole requests."""
