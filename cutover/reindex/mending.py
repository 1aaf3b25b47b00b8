"""Single documents of an index set right by bulk requests; what is refused for now simply is not done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from cutover.core.reindex.answers import judge
from cutover.core.reindex.models import DeadLetter, SearchUnreachable
from cutover.reindex.ports import Search

MOST_BODY_BYTES = 2_000_000
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Mend:
    """One write that sets a document right: `document` (JSON) under that version, or its removal (None)."""

    id: str
    version: int
    document: bytes | None


@dataclass(slots=True)
class Mended:
    """What became of writes, by the documents' ids: `sent` were taken, or a newer version was there; `dead` never will.

    What is in neither was refused for now.
    """

    sent: set[str] = field(default_factory=set)
    dead: dict[str, DeadLetter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mender:
    """Writes into one index, by its own name."""

    search: Search
    index: str

    async def mend(self, mends: Sequence[Mend]) -> Mended:
        """Send each write once. Raises ReindexStopped: the index takes no writes at all."""
        mended = Mended()
        for part in _parts(mends):
            await self._send(part, mended)
        return mended

    async def _send(self, part: Sequence[Mend], mended: Mended) -> None:
        body = b"".join(map(_lines, part))
        try:
            answer = await self.search.send(
                "POST", f"/{self.index}/_bulk", body, timeout_seconds=TIMEOUT_SECONDS, ndjson=True
            )
        except SearchUnreachable:
            return  # whoever looks next meets it too, with more patience
        judged = judge(answer.status, answer.body, len(part))
        if judged.split:
            await self._send_halves(part, judged.reason, mended)
            return
        mended.dead.update({part[at].id: _letter(part[at], reason) for at, reason in judged.dead})
        waiting = {part[at].id for at in judged.again}
        mended.sent.update({one.id for one in part} - waiting - mended.dead.keys())

    async def _send_halves(self, part: Sequence[Mend], reason: str, mended: Mended) -> None:
        """What is too large whole, or holds what can't be read, goes in two; one alone is dead."""
        if len(part) == 1:
            mended.dead[part[0].id] = _letter(part[0], reason)
            return
        middle = len(part) // 2
        await self._send(part[:middle], mended)
        await self._send(part[middle:], mended)


def _parts(mends: Sequence[Mend]) -> Iterator[Sequence[Mend]]:
    """In the same order, of about MOST_BODY_BYTES each."""
    part: list[Mend] = []
    size = 0
    for mend in mends:
        part.append(mend)
        size += len(mend.document or b"")
        if size >= MOST_BODY_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _lines(mend: Mend) -> bytes:
    target = {"_id": mend.id, "version": mend.version, "version_type": "external_gte"}
    if mend.document is None:
        return msgspec.json.encode({"delete": target}) + b"\n"
    return msgspec.json.encode({"index": target}) + b"\n" + mend.document + b"\n"


def _letter(mend: Mend, reason: str) -> DeadLetter:
    return DeadLetter(mend.id, reason, (mend.document or b"").decode(errors="replace"))
