"""Full-text search: documents, queries, OpenSearch and its fallback."""
