"""Whether a connection is read at the moment, when there are several reasons not to."""

import asyncio
from enum import IntEnum


class Reason(IntEnum):
    """Why a client is not read; it is read again when no reason is left."""

    TARGET_SLOW = 1
    NOT_FORWARDING = 2
    PIPELINE_FULL = 4


class Reading:
    """Pauses and resumes a transport."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._reasons = 0

    def hold(self, reason: Reason, wanted: bool) -> None:
        """Add this reason not to read, or take it away."""
        before = self._reasons
        self._reasons = before | reason if wanted else before & ~reason
        if self._transport.is_closing():
            return
        if self._reasons and not before:
            self._transport.pause_reading()
        elif before and not self._reasons:
            self._transport.resume_reading()
