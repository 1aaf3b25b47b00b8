"""One request to a service of ours and the reply to it, free of any HTTP library."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """A request: `path` is decoded, header names are lower case, `now` is the simulated time in Unix seconds."""

    method: str
    path: str
    now: float
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def user_agent(self) -> str:
        """What the client calls itself; empty if it does not say."""
        return self.headers.get("user-agent", "")


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer; `cut` means that the connection is closed instead, although the work was done."""

    status: int
    body: str
    content_type: str = "text/xml"
    cut: bool = False


class AwsError(Exception):
    """A refusal as AWS words it: a code, an HTTP status, a message, and the messages behind it if there are several."""

    def __init__(self, code: str, message: str, status: int = 400, messages: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.messages = messages
