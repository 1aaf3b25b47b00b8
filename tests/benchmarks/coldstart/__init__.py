"""How long a Lambda environment takes from the start of its process to its first answer, beside FastAPI with Mangum."""
