"""Users: their own profile and avatar."""
