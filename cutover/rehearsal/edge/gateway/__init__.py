"""The API Gateway HTTP API (payload format 2.0) before Lambda."""
