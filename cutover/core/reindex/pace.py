"""How much one statement asks the database for: rows by the size of those before, less after trouble."""

from dataclasses import dataclass, replace

from cutover.core.reindex.ranges import KEYS

MOST_ROWS = 50_000
ROW_BYTES = 700.0  # of a MOC with its action line; the first answer says it better
SLACK = 1.25  # an answer may have more bytes than wanted by this, or its last rows would mostly be made twice
GIVE_UP_AFTER = 8  # statements in a row that took too long: the last asked for 1/256 of the keys and of the rows


@dataclass(frozen=True, slots=True)
class Pace:
    """`row_bytes` of one row at present; `most_rows` and `width` (keys) bound a statement while there is trouble."""

    bytes_wanted: int
    row_bytes: float = ROW_BYTES
    most_rows: int = MOST_ROWS
    width: int = KEYS
    slow: int = 0

    @property
    def rows(self) -> int:
        """How many rows to ask for."""
        return max(1, min(self.most_rows, int(self.bytes_wanted / self.row_bytes)))

    @property
    def most_bytes(self) -> int:
        """Where an answer ends: the row that passes it is the last."""
        return int(self.bytes_wanted * SLACK)

    def answered(self, rows: int, size: int) -> "Pace":
        """After an answer of so many rows and bytes."""
        return replace(
            self,
            row_bytes=max(1.0, size / rows) if rows else self.row_bytes,
            most_rows=min(MOST_ROWS, self.most_rows * 2),
            width=min(KEYS, self.width * 2),
            slow=0,
        )

    def too_slow(self, keys: int) -> "Pace":
        """After a statement over so many keys that took too long: half the rows of half the keys."""
        return replace(self, most_rows=max(1, self.rows // 2), width=max(1, keys // 2), slow=self.slow + 1)

    def fewer(self) -> "Pace":
        """After a statement that failed for what a row holds: half the rows, until it is that row alone."""
        return replace(self, most_rows=max(1, self.rows // 2))

    @property
    def hopeless(self) -> bool:
        """Whether asking for less has not helped."""
        return self.slow >= GIVE_UP_AFTER
