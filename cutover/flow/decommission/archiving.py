"""The rung that copies ECR images to S3, and whether the copies cover what is in the registry now."""

from collections.abc import Callable
from typing import Any

from cutover.core.decommission import Rung
from cutover.core.record import Kind
from cutover.core.words import count, plural
from cutover.exits import Exit
from cutover.flow.decommission.ladder import said
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, Stop
from cutover.ports import World


def must_have_archive(world: World) -> None:
    """Stop where the settings name no bucket, or no repository."""
    missing = "archive.bucket" if not world.archive.is_set_up else ""
    missing = missing or ("" if world.settings.archive.repositories else "archive.repositories")
    if missing:
        text = f"there is nothing to copy to or from: set {missing}"
        raise Stop(Outcome(Exit.USAGE, text, "cutover decommission archive, when that is set"))


def archive(journal: Journal, reason: str, told: Callable[[str], None]) -> Outcome:
    """Copy every repository, check the copies, and write the receipts' hashes down.

    Needs no lease: it only adds copies, and two at once write the same.
    """
    world = journal.world
    must_have_archive(world)
    journal.refresh()
    settings = world.settings.archive
    receipts = [world.archive.copy(repository, journal.now(), told) for repository in settings.repositories]
    evidence: dict[str, Any] = {
        "rung": Rung.ARCHIVE.value,
        "resource": f"s3://{settings.bucket}/{settings.prefix}",
        "undo": "none needed",
        "receipts": {receipt.repository: receipt.hash for receipt in receipts},
        "images": {receipt.repository: len(receipt.images) for receipt in receipts},
        "bytes": sum(receipt.size for receipt in receipts),
    }
    journal.insist(Kind.RUNG, reason=said(Rung.ARCHIVE.value, reason), evidence=evidence)
    images, size = sum(len(receipt.images) for receipt in receipts), evidence["bytes"]
    text = f"{plural(images, 'image')}, {count(round(size / 1_000_000))} MB, in {evidence['resource']}, all checked"
    return Outcome(Exit.DONE, text, "cutover decommission plan")
