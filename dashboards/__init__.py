"""What the night shift sees: every metric, alarm and dashboard once, and the JSON that is made of them."""
