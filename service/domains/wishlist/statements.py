"""The fixed SQL of the wishlist routes: prepared once a connection, one round trip each."""

from service.db.fragments import LATER, NOW
from service.db.fragments import WISHLIST_COLUMNS as COLUMNS
from service.db.pages import page_of
from service.domains.wishlist.rules import MAX_SORT_ORDER_CHARS

# What clients have ever written into `sort_order` as a number, JavaScript's 1e-7 included, and no more digits than a
# cast to numeric always takes. Everything else is text, among it " 7", "NaN" and the empty one.
_NUMBER = "length(sort_order) <= 100 AND sort_order ~ '^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,3})?$'"
_RANK = f"CASE WHEN {_NUMBER} THEN sort_order::numeric END"
BY_SORT_ORDER = f'{_RANK} NULLS LAST, sort_order COLLATE "C", created_at, id'
"""Numbers by their value, then texts byte by byte; what is alike in that: the older item first."""

# $4: a category, or '' for all. $5: a pattern for ILIKE, or '' for everything.
_WANTED = (
    "user_id = $1 AND ($4::text = '' OR category = $4) AND ($5::text = '' OR title ILIKE $5 OR description ILIKE $5)"
)
# What stands in a title counts for more, as it does in the search engine's score.
_BEST_FIRST = "(title ILIKE $5) DESC, updated_at DESC, id"


LIST = page_of("wishlist_items", COLUMNS, _WANTED, BY_SORT_ORDER)
SEARCH = page_of("wishlist_items", COLUMNS, _WANTED, _BEST_FIRST)
ALL = f"SELECT {COLUMNS} FROM wishlist_items WHERE user_id = $1 ORDER BY {BY_SORT_ORDER}"
ITEM = f"SELECT {COLUMNS} FROM wishlist_items WHERE id = $1"
OWNER = "SELECT user_id FROM wishlist_items WHERE id = $1"
LOCKED = f"{ITEM} FOR UPDATE"

_STAMP = """to_char(timezone('utc', clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_LAST_CHARACTER = 0x10FFFD  # of private use: after every one that people write
_STAMPED = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z$"
# After the greatest number; where there are texts, after the greatest of these, by the time as some clients do it: in
# the place of the time that it ends with, or else appended. A place that would be longer than any that a client may
# send is a time after a number, and otherwise the text with the last of all characters in place of its end.
_BOUNDED = f"""CASE WHEN length(place) <= {MAX_SORT_ORDER_CHARS} THEN place
  WHEN text IS NULL THEN stamp ELSE left(text, {MAX_SORT_ORDER_CHARS - 1}) || chr({_LAST_CHARACTER}) END"""
_LAST = f"""SELECT {_BOUNDED} FROM (SELECT text, stamp,
  CASE WHEN text IS NULL THEN (coalesce(floor(number), 0) + 1)::text
  WHEN text COLLATE "C" < stamped THEN stamped ELSE text || stamp END AS place
 FROM (SELECT number, text, stamp, regexp_replace(text, '{_STAMPED}', '') || stamp AS stamped
  FROM (SELECT max({_RANK}) AS number, max(sort_order COLLATE "C") FILTER (WHERE {_RANK} IS NULL) AS text,
    {_STAMP} AS stamp FROM wishlist_items WHERE user_id = $1) AS greatest) AS candidates) AS placed"""

WRITABLE = ("title", "description", "product_link", "image_url", "category", "sort_order")

INSERT = f"""INSERT INTO wishlist_items (user_id, created_at, updated_at, {", ".join(WRITABLE)})
 SELECT $1, moment, moment, $2, $3, $4, $5, $6, coalesce($7, ({_LAST}))
 FROM (SELECT {NOW} AS moment) AS clock RETURNING {COLUMNS}"""

# Ids come as texts: for an array of another type, asyncpg asks the server about it, and changes the session for that.
LOCKED_OF = "SELECT id FROM wishlist_items WHERE user_id = $1 AND id = ANY($2::text[]::uuid[]) ORDER BY id FOR UPDATE"
PLACE = f"""UPDATE wishlist_items SET sort_order = wanted_order, updated_at = {LATER}
 FROM unnest($2::text[]::uuid[], $3::text[]) AS wanted (wanted_id, wanted_order)
 WHERE user_id = $1 AND id = wanted_id AND sort_order <> wanted_order RETURNING {COLUMNS}"""

DELETE = f"DELETE FROM wishlist_items WHERE id = $1 RETURNING {LATER} AS deleted_at"


def update_of(columns: tuple[str, ...]) -> str:
    """UPDATE of these columns ($2, $3, …) of the row $1. Only writable columns are ever named."""
    unknown = set(columns) - set(WRITABLE)
    if unknown:
        raise ValueError(f"not writable: {sorted(unknown)}")
    settings = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, start=2))
    return f"UPDATE wishlist_items SET {settings}, updated_at = {LATER} WHERE id = $1 RETURNING {COLUMNS}"
