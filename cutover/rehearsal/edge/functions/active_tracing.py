"""What Lambda's active tracing tells an invocation: its trace, the function's segment as parent, recorded or not."""

import os
import random
import re
from collections.abc import Callable
from time import perf_counter

from cutover.rehearsal.edge.config import SamplingConfig

_ROOT = re.compile(r"(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?=;|$)")
_SAMPLED = re.compile(r"(?:^|;)\s*Sampled=([01])(?=;|$)")


class ActiveTracing:
    """Decides as X-Ray's default rule does: the first requests of a second, and a share of those beyond.

    Seconds are real ones: what is recorded costs this machine's time, not simulated time.
    """

    def __init__(self, rule: SamplingConfig, now: Callable[[], float] = perf_counter) -> None:
        self._rule = rule
        self._now = now
        self._second = -1
        self._taken = 0

    def header(self, sent: str, new_root: str) -> str:
        """The value of Lambda-Runtime-Trace-Id. A Root that was sent is kept, and a decision that came with it."""
        root, decided = _ROOT.search(sent), _SAMPLED.search(sent)
        sampled = decided.group(1) == "1" if decided is not None else self._chosen()
        parent = os.urandom(8).hex()
        return f"Root={root.group(1) if root is not None else new_root};Parent={parent};Sampled={int(sampled)}"

    def _chosen(self) -> bool:
        second = int(self._now())
        if second != self._second:
            self._second, self._taken = second, 0
        if self._taken < self._rule.per_second:
            self._taken += 1
            return True
        return random.random() < self._rule.share  # noqa: S311 - a sample, guards nothing
