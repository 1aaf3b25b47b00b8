"""PostgreSQL: connections, transactions, tables, migrations."""
