"""The proof that an index may serve: its mapping, every document, the counts, and what searches find."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from cutover.core.reindex.mappings import mapping_differences
from cutover.core.reindex.models import Compared
from cutover.core.reindex.run import Verification
from cutover.reindex.comparing import How, Told, compare
from cutover.reindex.golden import Golden, golden
from cutover.reindex.kinds import KIND
from cutover.reindex.looking import Documents
from cutover.reindex.patience import Patient
from cutover.reindex.ports import Search, Source

SHOWN = 20  # differences that a verification keeps: enough to see what kind of fault it is
COUNTS_PAUSE_SECONDS = 1.0
COUNTS_TRIES = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a verification of one alias's index asks for.

    `repair`: for an index that nobody else writes to, or one that is to be set right; otherwise it is only read.
    `serving`: the index of ours that searches are compared with; None: there is none, and that is left out.
    `queries`: how many searches; `least_overlap`: of their first ten hits. `dead`: ids of rows that are known not to be
    indexable: where nothing is mended, and so nothing is tried, they are taken as that still.
    """

    alias: str
    repair: bool
    serving: str | None = None
    queries: int = 50
    least_overlap: float = 0.9
    dead: Collection[str] = ()


class _Properties(msgspec.Struct, frozen=True):
    mappings: dict[str, Any] = {}


class _Count(msgspec.Struct, frozen=True):
    count: int


async def verify(
    source: Source, search: Search, index: str, wanted: Wanted, *, progress: Told | None = None, how: How | None = None
) -> Verification:
    """Verify an index, by its own name; an index of another mapping is not compared, as it could not be made equal.

    Raises SearchUnreachable, SearchRefused, DatabaseUnreachable; ReindexStopped: the index takes no writes.
    """
    how = how or How()
    patient = Patient(search, how.sleep)
    problems = await _wrong_mapping(patient, index, KIND[wanted.alias].mapping)
    if problems:
        return Verification(await source.now(), await source.count(), await _count(patient, index), problems=problems)
    compared = await compare(source, search, index, repair=wanted.repair, progress=progress, how=how)
    await Documents(patient, index).refresh()
    found = await golden(
        source, patient, wanted.alias, (wanted.serving, index), wanted.queries, chance=random.SystemRandom()
    )
    problems = (*await _wrong_counts(source, patient, index, compared, how), *_wrong_searches(found, wanted))
    differing = [one for one in compared.differences if wanted.repair or one.id not in wanted.dead]
    known = {one.id for one in compared.differences} - {one.id for one in differing}
    return Verification(
        at=await source.now(),
        rows=compared.rows,
        documents=compared.documents,
        mended=compared.mended,
        differing=differing[:SHOWN],
        differences=len(differing) + compared.unnamed,
        dead=[*dict.fromkeys((*(letter.id for letter in compared.dead), *sorted(known)))],
        overlap=found.overlap,
        queries=found.queries,
        problems=problems,
    )


async def _wrong_mapping(patient: Patient, index: str, wanted: Mapping[str, Any]) -> Sequence[str]:
    found = await patient.ask(dict[str, _Properties], "GET", f"/{index}/_mapping")
    return [
        f"the mapping of {name} differs: {difference}"
        for name, one in found.items()
        for difference in mapping_differences(wanted, one.mappings)
    ]


async def _wrong_counts(source: Source, patient: Patient, index: str, compared: Compared, how: How) -> Sequence[str]:
    """Whether the index counts other than what was compared, at a moment when the table has not moved.

    The comparison finds documents by their field `id`; that it has found all, only the cluster's own count can tell.
    """
    counted = compared.documents
    for _ in range(COUNTS_TRIES):
        await Documents(patient, index).refresh()
        counted = await _count(patient, index)
        if counted == compared.documents or await source.count() != compared.rows:
            return ()
        await how.sleep(COUNTS_PAUSE_SECONDS)
    return [f"{index} counts {counted} documents, and {compared.documents} were compared"]


async def _count(patient: Patient, index: str) -> int:
    return (await patient.ask(_Count, "GET", f"/{index}/_count")).count


def _wrong_searches(found: Golden, wanted: Wanted) -> Sequence[str]:
    problems = []
    if found.foreign:
        problems.append(f"searches found documents of other users: {', '.join(found.foreign[:SHOWN])}")
    if found.overlap is not None and found.overlap < wanted.least_overlap:
        problems.append(
            f"{found.queries} searches find {found.overlap:.1%} of what {wanted.serving} finds, and"
            f" {wanted.least_overlap:.1%} are wanted"
        )
    return problems
