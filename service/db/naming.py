"""What a statement is called in traces: its verb and its first table, `SELECT moc_instances`; never a value. Pure."""

import re
from functools import lru_cache

KNOWN_AT_ONCE = 512  # the service has about a hundred
_VERB = re.compile(r"\s*(?:WITH\b.*?\)\s*)?(SELECT|INSERT|UPDATE|DELETE|[A-Z]+)", re.IGNORECASE | re.DOTALL | re.ASCII)
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(?:ONLY\s+)?\"?([a-z_][a-z0-9_]*)", re.IGNORECASE | re.ASCII)


@lru_cache(KNOWN_AT_ONCE)
def name_of(statement: str) -> str:
    """The verb, and the table that is named first, if one is."""
    verb, table = _VERB.match(statement), _TABLE.search(statement)
    said = verb.group(1).upper() if verb is not None else "SQL"
    return f"{said} {table.group(1)}" if table is not None else said
