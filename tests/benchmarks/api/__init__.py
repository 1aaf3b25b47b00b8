"""The API beside the same routes in Fastify and FastAPI."""
