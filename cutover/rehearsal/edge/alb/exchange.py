"""One request on its way through the load balancer, and the state of its answer."""

from dataclasses import dataclass, field

from cutover.rehearsal.edge.http.text import LAST_CHUNK, Header, chunk


@dataclass(slots=True)
class Exchange:
    """A request, filled in while it arrives, and how far its answer has come.

    `pieces` are bytes of the request that still have to go to the target, already framed for it. `began` is the
    `perf_counter` when it was sent off to the target (an injected latency counts as the target's); `status` is that
    of the target's answer, 0 until it begins.
    """

    method: bytes = b""
    target: bytes = b""
    headers: list[Header] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    keep_alive: bool = True
    http_1_0: bool = False
    chunked: bool = False
    expects_continue: bool = False
    head_complete: bool = False
    complete: bool = False
    broken: bool = False  # could not be parsed to its end
    began: float = 0.0
    forwarding: bool = False
    discarding: bool = False  # the rest of the body is read and thrown away
    status: int = 0
    target_seconds: float = 0.0
    answered: bool = False

    @property
    def finished(self) -> bool:
        """Answered, and nothing more will arrive that belongs to it."""
        return self.answered and (self.complete or self.broken or self.body_uncertain)

    @property
    def body_uncertain(self) -> bool:
        """The client waits for a 100 before it sends its body, and has got none."""
        return self.expects_continue and not self.complete

    def receive_body(self, body: bytes) -> None:
        """Take a part of the body as the parser gives it."""
        if not self.discarding:
            self.pieces.append(chunk(body) if self.chunked else body)

    def end_body(self) -> None:
        """The request has arrived whole."""
        self.complete = True
        if self.chunked and not self.discarding:
            self.pieces.append(LAST_CHUNK)

    def take_pieces(self) -> bytes:
        """What has to go to the target now."""
        taken = b"".join(self.pieces)
        self.pieces.clear()
        return taken

    def discard_rest(self) -> None:
        """Nobody wants the rest of the body any more."""
        self.discarding = True
        self.pieces.clear()
