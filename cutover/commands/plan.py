"""`cutover plan`: the exact change, the gates and rules now, and what will follow; changes nothing."""

import json
from pathlib import Path
from typing import Any

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Whole
from cutover.flow.foreseeing import prospect
from cutover.flow.writing import write_whole
from cutover.render import foresight


@click.command()
@click.option("--lambda-weight", type=Whole("percent", 0, 100), required=True, help="Lambda's share, in percent.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it there as JSON.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@global_options(hidden=True)
@with_session
def command(session: Session, lambda_weight: int, out: Path | None, force: bool) -> int:
    """Show the exact change of a shift, what the gates and rules say of it now, and what will follow.

    \b
    cutover plan --lambda-weight 50
    cutover plan --lambda-weight 50 --out plan.json

    Changes nothing. The hash is what cutover shift --plan checks: it covers the records before and after, so a zone
    that was changed since has another. Rules that the settings give nothing to ask are shown as not checked. Exit 0 a
    shift would be made, or the exit code that its refusal would have: 3, 5, 6, 8, 9 or 14.
    """
    if out is not None and out.is_file() and not force:
        raise click.UsageError(f"{out} exists already: add --force to overwrite it, or name another with --out")
    found = prospect(session.journal(), lambda_weight)
    body = foresight.document(found)
    if out is not None:
        _write(out, {"schema": "cutover.plan/1", **body, **session.output.ending(found.outcome)}, overwrite=force)
    session.output.show(*foresight.screen(found, session.world.settings, session.output))
    return session.output.finish("plan", found.outcome, body)


def _write(out: Path, document: dict[str, Any], *, overwrite: bool) -> None:
    content = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    try:
        write_whole(out, content.encode(errors="replace"), overwrite=overwrite)
    except OSError as error:
        raise click.BadParameter(f"can't write {out}: {error.strerror or error}", param_hint="--out") from error
