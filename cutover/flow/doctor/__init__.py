"""The preflight: gather the facts all at once, then judge them."""
