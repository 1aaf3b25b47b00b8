"""What a person does once for a stage, as no deploy can: the texts that its outputs show. Pure."""

import json

INDICES = ("moc_instructions*", "gallery_images*", "wishlist_items*")  # the aliases, and the indices behind them


def service_user_sql(user: str, database: str) -> str:
    """The service's user: reads and writes rows, changes no table. By psql, as the owner, `password` from its secret.

    What migrations make later is covered as long as the same owner makes it.
    """
    return " ".join(
        (
            f"CREATE ROLE {user} LOGIN PASSWORD :'password';",
            f"GRANT CONNECT ON DATABASE {database} TO {user};",
            f"GRANT USAGE ON SCHEMA public TO {user};",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user};",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {user};",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {user};",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {user};",
        )
    )


def owner_sql() -> str:
    """What the tables' owner needs at night, where it is not RDS's master user, who may all of it: psql, as the master.

    Without it the owner sees of others' sessions in pg_stat_activity that there are some, and ends none but its own.
    `owner` is its name, from its secret.
    """
    return 'GRANT pg_read_all_stats, pg_signal_backend TO :"owner";'


def search_role_json() -> str:
    """OpenSearch's own role for functions, tasks and the reindex: our three aliases and the indices behind them."""
    role = {
        "cluster_permissions": ["cluster_composite_ops", "cluster_monitor"],
        "index_permissions": [{"index_patterns": list(INDICES), "allowed_actions": ["crud", "manage", "create_index"]}],
    }
    return json.dumps(role, separators=(",", ":"))


def upload_cors_json(origins: tuple[str, ...]) -> str:
    """What a bucket needs so that pages may send files to it, as `aws s3api put-bucket-cors` takes it."""
    rule = {
        "AllowedOrigins": list(origins),
        "AllowedMethods": ["GET", "HEAD", "POST"],
        "AllowedHeaders": ["Cache-Control", "Content-Type", "X-Requested-With"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 3600,
    }
    return json.dumps({"CORSRules": [rule]}, separators=(",", ":"))
