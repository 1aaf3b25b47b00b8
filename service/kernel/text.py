"""What text may hold: patterns that both Python and JSON Schema understand."""

from typing import Annotated

from msgspec import Meta

CONTROLS = r"\x00-\x1f\x7f-\x9f"  # C0, DEL and C1
# A lookahead, because `$` would let a trailing newline through.
ONE_LINE = rf"^(?![\s\S]*[{CONTROLS}])"
PROSE = r"^(?![\s\S]*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f])"  # tab, newline and carriage return are fine

Line = Annotated[str, Meta(max_length=255, pattern=ONE_LINE)]
"""A short text of one line."""
