"""SQL that images and albums have in common. Pure."""

NEWEST_FIRST = "created_at DESC, id"


def page_of(table: str, columns: str, condition: str, order: str) -> str:
    """One page ($2 rows from $3 on) and the total in one statement; a page past the end is one row of nulls."""
    return f"""SELECT total.count AS total, page.*
 FROM (SELECT count(*) FROM {table} WHERE {condition}) AS total
 LEFT JOIN (SELECT {columns} FROM {table} WHERE {condition} ORDER BY {order} LIMIT $2 OFFSET $3) AS page ON true"""
