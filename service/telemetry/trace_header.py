"""What `X-Amzn-Trace-Id` and Lambda's `_X_AMZN_TRACE_ID` say: which trace, whose child, recorded or not. Pure."""

import os
import re
import time
from typing import NamedTuple

_ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}", re.ASCII)
_ONLY_ROOT = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})", re.ASCII)
_OF_LAMBDA = re.compile(
    r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24});Parent=([0-9a-f]{16});Sampled=([01])(?:;Lineage=[^;]*)?", re.ASCII
)
_SPAN = re.compile(r"[0-9a-f]{16}", re.ASCII)
_SAMPLED = {"1": True, "0": False}
_RANDOM_DIGITS = 14  # of the trace id's end, 56 bits: what OpenTelemetry takes for random as well
_RANDOM_RANGE: int = 16**_RANDOM_DIGITS


class TraceHeader(NamedTuple):
    """`root` is X-Ray's trace id, `parent` a span's id or "", `sampled` None where nobody has decided."""

    root: str
    parent: str = ""
    sampled: bool | None = None

    @classmethod
    def parse(cls, text: str) -> "TraceHeader | None":
        """The header's parts, in whatever order; None without a trace id of X-Ray's form."""
        alone = _ONLY_ROOT.fullmatch(text)
        if alone is not None:  # what a load balancer adds to most requests
            return cls(alone.group(1))
        whole = _OF_LAMBDA.fullmatch(text)
        if whole is not None:  # what Lambda sets
            return cls(whole.group(1), whole.group(2), whole.group(3) == "1")
        parts = dict(part.strip().partition("=")[::2] for part in text.split(";"))
        root, parent = parts.get("Root", ""), parts.get("Parent", "")
        if not _ROOT.fullmatch(root):
            return None
        return cls(root, parent if _SPAN.fullmatch(parent) else "", _SAMPLED.get(parts.get("Sampled", "")))

    @classmethod
    def new(cls) -> "TraceHeader":
        """A trace that begins here, with an id as X-Ray's SDKs make it: the second, and 96 random bits."""
        return cls(f"1-{int(time.time()):08x}-{os.urandom(12).hex()}")

    def is_sampled(self, share: float) -> bool:
        """What was decided before; else by the trace id, so that whoever asks with the same share says the same."""
        if self.sampled is not None:
            return self.sampled
        return int(self.root[-_RANDOM_DIGITS:], 16) < round(share * _RANDOM_RANGE)

    @property
    def trace_number(self) -> int:
        """The trace id as OpenTelemetry has it: 128 bits."""
        return int(self.root[2:10] + self.root[11:], 16)
