"""One module a stack: what is deployed together and lives as long."""
