"""How a parts list can stand."""

from typing import Final, Literal

Status = Literal["pending", "parsed", "parsed-with-errors", "failed"]

PENDING: Final = "pending"
PARSED: Final = "parsed"
PARSED_WITH_ERRORS: Final = "parsed-with-errors"
FAILED: Final = "failed"
