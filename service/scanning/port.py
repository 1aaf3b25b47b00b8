"""What the service needs of a virus scanner."""

from typing import Protocol


class Scanner(Protocol):
    """Looks into the bytes of an upload before anything is stored."""

    async def scan(self, body: bytes) -> None:
        """Return if the scanner says that `body` is clean; nothing else is a pass.

        Raises MalwareDetected, and Unavailable when there is no clear answer. Bounded in time.
        """
        ...
