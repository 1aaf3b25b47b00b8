"""Route 53 as strict as the real one: the zone's rules and state, pure, and the REST-XML protocol above them."""
