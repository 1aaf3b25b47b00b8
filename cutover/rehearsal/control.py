"""Talks to the stand-ins' own control doors: faults in, state out."""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Controls:
    """The doors of the AWS stand-in and of the edge."""

    aws_url: str
    edge_url: str

    def aws_faults(self, faults: Mapping[str, Any]) -> None:
        """Replace the faults of Route 53 and CloudWatch."""
        _ask("PUT", f"{self.aws_url}/_rehearsal/faults", faults)

    def edge_faults(self, faults: Mapping[str, Any]) -> None:
        """Replace the faults of the load balancer, the gateway and Lambda."""
        _ask("PUT", f"{self.edge_url}/faults", faults)

    def edit(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Change records past everything, as a person in the console does: the changes of one Route 53 batch."""
        _ask("POST", f"{self.aws_url}/_rehearsal/edit", {"changes": list(changes)})

    def aws_state(self, *parts: str) -> Any:
        """These parts of what the stand-in knows.

        `live` and `served` records, `changes`, `answers`, `calls`, `operations`.
        """
        return _ask("GET", f"{self.aws_url}/_rehearsal/state?only={','.join(parts)}", None)

    def edge_state(self) -> Any:
        """Lambda environments, cold starts, requests."""
        return _ask("GET", f"{self.edge_url}/state", None)


def _ask(method: str, url: str, body: Mapping[str, Any] | None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - our own stand-ins on loopback
        url, data=data, method=method, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        text = answer.read()
    return json.loads(text) if text else None
