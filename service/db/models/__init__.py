"""The tables as the first backend left them, one module a subject."""
