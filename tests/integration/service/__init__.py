"""The service on real PostgreSQL, Valkey, search server and S3, by whole requests and under faults."""
