"""`cutover export`: what is known, as a file to hand on."""

import hashlib
import re
from datetime import datetime
from pathlib import Path

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.exits import Exit
from cutover.flow.gathering import Gathering
from cutover.flow.outcome import Outcome
from cutover.flow.writing import write_whole
from cutover.render.bundle import files
from cutover.render.parts import warnings
from cutover.render.zipped import zipped
from cutover.settings import Settings

_WAY_ON = "its README.md says what is in it, and what is missing"


@click.group()
@global_options(hidden=True)
def command() -> None:
    """Export what is known, to look into an incident.

    \b
    cutover export bundle
    """


@command.command("bundle")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Where to.  [default: cutover-NAME-STAGE-TIME.zip]")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@global_options(hidden=True)
@with_session
def bundle(session: Session, out: Path | None, force: bool) -> int:
    """Put ledger, timeline, settings, records, metrics, gates and ways back into one ZIP file.

    \b
    cutover export bundle
    cutover export bundle --out incident-42.zip --json

    Changes nothing. What can't be had is named in the bundle with the reason. Settings go in without secrets; the
    ledger holds who did what on which machine.
    """
    place = out or Path(f"{_stem(session.world.settings, session.world.clock.now())}.zip")
    if place.exists() and not force:
        raise click.UsageError(f"{place} exists already: add --force to overwrite it, or name another with --out")
    found = Gathering(session.world).gather()
    made = files(found, session.world.settings)
    content = zipped(made, place.stem)
    try:
        write_whole(place, content, overwrite=force)
    except OSError as error:
        raise click.UsageError(f"can't write {place}: {error.strerror or error}; name another with --out") from error
    missing = [f"not in it: {part}: {why}" for part, why in found.missing.items()]
    session.output.show(*warnings(missing))
    body = {
        "file": str(place.absolute()),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "files": sorted(made),
        "missing": dict(found.missing),
    }
    return session.output.finish("export", Outcome(Exit.DONE, f"{len(made)} files are in {place}", _WAY_ON), body)


def _stem(settings: Settings, now: datetime) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", f"{settings.name}-{settings.stage}", flags=re.ASCII)
    return f"cutover-{plain}-{now:%Y%m%dT%H%M%SZ}"
