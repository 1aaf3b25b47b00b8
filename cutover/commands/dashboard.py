"""`cutover dashboard`: CloudWatch's dashboards, drawn without AWS's console, and the marks of changes in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Span
from cutover.exits import Exit

if TYPE_CHECKING:
    from cutover.commands._boards import Flags

FILE = click.Path(dir_okay=False, path_type=Path)
DEPLOYED = "As it is in CloudWatch, whatever the repository says."


@click.group()
@global_options(hidden=True)
def command() -> None:
    """Draw CloudWatch's dashboards as a page, and mark changes in them.

    \b
    cutover dashboard list
    cutover dashboard preview cutover --open
    cutover dashboard annotate
    """


@command.command("list")
@global_options(hidden=True)
@with_session
def list_(session: Session) -> int:
    """Show which dashboards there are, in the repository and in CloudWatch.

    \b
    cutover dashboard list
    cutover dashboard list --json

    Exit 0, also where CloudWatch can't be asked: it then says so.
    """
    from cutover.flow.boards.listing import listed
    from cutover.flow.outcome import Outcome
    from cutover.render.dashboards import overview, overview_document

    found = listed(session.world)
    session.output.show(*overview(found))
    if not session.output.as_json:
        return int(Exit.DONE)
    done = Outcome(Exit.DONE, "read, and nothing changed", "cutover dashboard preview --all")
    return session.output.finish("dashboard.list", done, overview_document(found))


@command.command()
@click.argument("name")
@click.option("--deployed", is_flag=True, help=DEPLOYED)
@global_options(hidden=True)
@with_session
def show(session: Session, name: str, deployed: bool) -> int:
    """Show a dashboard's JSON with this stage's values in it.

    \b
    cutover dashboard show cutover
    cutover dashboard show service --deployed > before.json

    NAME is one that cutover dashboard list tells, or a file. A ${NAME} that stays is one that the settings do not tell.
    """
    from cutover.flow.boards.listing import shown
    from cutover.flow.outcome import Outcome

    what = shown(session.world, name, deployed=deployed)
    for missing in what.missing:
        session.output.warn(f"${{{missing}}} is not known: set [dashboard] variables in the settings")
    if not session.output.as_json:
        session.output.plain(what.text)
        return int(Exit.DONE)
    done = Outcome(Exit.DONE, f"{what.found.name}, from {what.found.origin}", f"cutover dashboard preview {name}")
    return session.output.finish("dashboard.show", done, {"dashboard": what.body, "missing": list(what.missing)})


@command.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...")
@click.option("--all", "everything", is_flag=True, help="Every dashboard.")
@click.option("--deployed", is_flag=True, help=DEPLOYED)
@click.option("--since", type=Span(), help="How far back.  [default: as the dashboard opens, or 3h]")
@click.option("--out", type=FILE, default="dashboards.html", show_default=True, metavar="PAGE", help="Where to.")
@click.option("--recorded", type=FILE, metavar="FILE", help="Draw these answers; ask nobody.")
@click.option("--save", type=FILE, metavar="FILE", help="Keep the answers, to be drawn again.")
@click.option("--open", "browser", is_flag=True, help="Open the page in a browser.")
@global_options(hidden=True)
@with_session
def preview(session: Session, **flags: Unpack[Flags]) -> int:
    """Draw dashboards as one page that needs nothing but itself.

    \b
    cutover dashboard preview cutover --open
    cutover dashboard preview --all --since 24h --out boards.html
    cutover dashboard preview dashboards/data.json --save incident.json
    cutover dashboard preview --all --recorded incident.json

    It asks CloudWatch what each widget asks, so it shows what the console would show. What was not measured says "no
    data". PAGE is overwritten. Log widgets run their query, which AWS bills by what it reads. Exit 0, or 9 where
    nothing at all was answered; the page is written all the same.
    """
    if flags["everything"] is bool(flags["names"]):
        raise click.UsageError("say which: NAMES of cutover dashboard list, files, or --all")
    if flags["recorded"] and (flags["since"] or flags["save"]):
        raise click.UsageError("--recorded has its own time and its own answers: leave out --since and --save")
    from cutover.commands._boards import drawn

    what = drawn(session.world, flags)
    for warning in what.warnings:
        session.output.warn(warning)
    if flags["browser"]:
        click.launch(what.place.absolute().as_uri(), wait=True)
    return session.output.finish("dashboard.preview", what.outcome, what.document)


@command.command()
@click.option("--dry-run", is_flag=True, help="Show the marks and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def annotate(session: Session, dry_run: bool, yes: bool) -> int:
    """Mark every change of the ledger in the deployed cutover dashboard.

    \b
    cutover dashboard annotate --dry-run
    cutover dashboard annotate --yes

    Each shift, rollback, drill and throw of the kill switch becomes a vertical line in every chart over time. What
    people have added stays, what a deployment has wiped comes back, and the same once more changes nothing. run, shift
    and rollback do it by themselves where dashboard.name is set.
    """
    if not dry_run:
        session.must_be_able_to_ask(yes=yes)
    from cutover.flow.boards.annotating import annotated, ending
    from cutover.render.dashboards import marks, marks_document

    done = annotated(session.world, dry_run=True)
    session.output.show(*marks(done))
    if not dry_run and not done.is_same:
        session.ask(f"Write these marks into {done.name}?", yes=yes)
        done = annotated(session.world)
    for said in done.said:
        session.output.warn(f"CloudWatch says of {done.name}: {said}")
    return session.output.finish("dashboard.annotate", ending(done), marks_document(done, dry_run=dry_run))
