"""How much is sent to the search cluster at once: more while it takes everything, half of it when it does not."""

_LEAST_BYTES = 100_000  # smaller requests cost the cluster more than they spare it
_STEPS = 32  # good answers make bodies larger by the size they began with


class Window:
    """Bulk requests in flight and the size of their bodies: additive increase, multiplicative decrease.

    A refusal counts once for all requests that were under way when it came: take a `ticket` before sending and hand
    it in with the outcome. Others, such as who looks after live searches, may `shrink`, `pause` and `resume`.
    """

    def __init__(self, *, batch_bytes: int, most_batch_bytes: int, in_flight: int) -> None:
        self.most_bytes = most_batch_bytes
        self.paused = False
        self.ticket = 0
        self._most_in_flight = in_flight
        self._in_flight = float(in_flight)
        self._bytes = self._first_bytes = min(batch_bytes, most_batch_bytes)

    @property
    def in_flight(self) -> int:
        """How many bulk requests may be under way, at least one."""
        return int(self._in_flight)

    @property
    def bytes_wanted(self) -> int:
        """How large the next bodies should be."""
        return min(self._bytes, self.most_bytes)

    def good(self) -> None:
        """A request was taken whole."""
        self._in_flight = min(float(self._most_in_flight), self._in_flight + 1 / self._in_flight)
        self._bytes = min(self.most_bytes, self._bytes + self._first_bytes // _STEPS)

    def busy(self, ticket: int) -> None:
        """A request, or some rows of it, were refused for now, or it got no answer."""
        if ticket == self.ticket:
            self.shrink()

    def too_large(self, size: int) -> None:
        """A body of several rows was too large: none of that size is sent again."""
        self.most_bytes = max(_LEAST_BYTES, min(self.most_bytes, size // 2))

    def shrink(self) -> None:
        """Half of everything."""
        self.ticket += 1
        self._in_flight = max(1.0, self._in_flight / 2)
        self._bytes = max(min(_LEAST_BYTES, self._first_bytes), self._bytes // 2)

    def pause(self) -> None:
        """Begin no new requests until `resume`."""
        self.paused = True

    def resume(self) -> None:
        """Go on after a pause."""
        self.paused = False
