"""A real OpenSearch for tests and benchmarks, beside the embedded search server."""
