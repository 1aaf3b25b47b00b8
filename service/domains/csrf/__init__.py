"""The token that cookie-authenticated writes from elsewhere repeat."""
