"""CloudWatch as strict as the real one: a pure metric store, its reading and writing rules, the query protocol."""
