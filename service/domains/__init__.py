"""What the API is about, one package a subject; none knows another."""
