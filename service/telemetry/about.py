"""What every line of the current request carries, and which of its lines wait until it is known how it goes."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar

from service.telemetry.pseudonym import pseudonym

MOST_HELD = 100  # lines of one request; those that come first are kept

about: ContextVar["About"] = ContextVar("about")
"""The current request, in everything that it does; unset outside of requests."""


class About:
    """One request: its ids, and who is asking as soon as that is known.

    Of a request that is not in the sample, lines are held back: they are written when something goes wrong in it, and
    forgotten when it ends well.
    """

    __slots__ = ("_fields", "_held", "_is_held")

    def __init__(self, request_id: str, trace_id: str, *, sampled: bool) -> None:
        self._fields = {"requestId": request_id, "traceId": trace_id} if trace_id else {"requestId": request_id}
        self._held: list[str] = []
        self._is_held = not sampled

    def fields(self) -> Mapping[str, object]:
        """What is in every line."""
        return self._fields

    def asked_by(self, sub: str) -> None:
        """From now on the lines carry this user's pseudonym."""
        self._fields["userId"] = pseudonym(sub)

    @property
    def user(self) -> str:
        """The pseudonym; "" of somebody who has not signed in."""
        return self._fields.get("userId", "")

    @property
    def is_held(self) -> bool:
        """Whether its lines are held back still."""
        return self._is_held

    def held_back(self, line: str) -> bool:
        """Keep the line for later, where that is how it stands."""
        if self._is_held and len(self._held) < MOST_HELD:
            self._held.append(line)
        return self._is_held

    def told(self) -> Sequence[str]:
        """What was held back; from now on nothing is."""
        held, self._held = self._held, []
        self._is_held = False
        return held

    def over(self) -> None:
        """The request went well: what was held back is forgotten. What comes after the answer is told."""
        self._held = []
        self._is_held = False


def asked_by(sub: str) -> None:
    """The current request's user is known; nothing outside of one."""
    request = about.get(None)
    if request is not None:
        request.asked_by(sub)
