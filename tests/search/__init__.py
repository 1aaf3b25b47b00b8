"""What search has to do, asked of the embedded search server and of a real OpenSearch."""
