"""Values that everything else shares; standard library and msgspec only."""
