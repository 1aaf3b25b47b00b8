"""Who is asking: tokens and the keys that signed them."""
