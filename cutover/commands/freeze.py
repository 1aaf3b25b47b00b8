"""`cutover freeze`: windows in which nothing is raised."""

from datetime import datetime, timedelta
from typing import TypedDict, Unpack

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason, Span
from cutover.core.freezes import parse_time
from cutover.exits import Exit
from cutover.flow.outcome import Outcome
from cutover.flow.verbs.freezing import Window, calendar, freeze, named, thaw, window
from cutover.render import verbs
from cutover.settings import time_zone

_UNCHANGED = Outcome(Exit.DONE, "nothing was changed", "the same without --dry-run")


class Flags(TypedDict):
    """What can be said of a new window."""

    start: str
    end: str | None
    length: timedelta | None
    reason: str
    dry_run: bool
    yes: bool


@click.group()
@global_options(hidden=True)
def command() -> None:
    """Name windows in which nothing is raised, beside those of every week in the settings.

    \b
    cutover freeze add --for 48h --reason "launch weekend"
    cutover freeze list
    cutover freeze rm f12 --reason "launch was moved"

    A raise inside a window ends with exit 14; lowering and going back are always allowed.
    """


@command.command()
@click.option("--from", "start", metavar="TIME", default="now", show_default=True, help="When it starts.")
@click.option("--until", "end", metavar="TIME", help="When it ends.")
@click.option("--for", "length", type=Span(), help="How long it lasts, instead of --until.")
@click.option("--reason", type=Reason(), required=True, help="Why, for the ledger and whoever is refused.")
@click.option("--dry-run", is_flag=True, help="Show the window and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def add(session: Session, **flags: Unpack[Flags]) -> int:
    """Name a window.

    \b
    cutover freeze add --for 48h --reason "launch weekend"
    cutover freeze add --from "2026-12-23 12:00" --until "2027-01-04 08:00" --reason "year's end"

    A TIME is "YYYY-MM-DD HH:MM" in freeze.time_zone, RFC 3339 such as 2026-12-24T18:00:00+01:00, or now.
    """
    if (flags["end"] is None) == (flags["length"] is None):
        both = " and not both" if flags["end"] else ""
        raise click.UsageError(f"say until when: --until TIME, or --for 48h{both}")
    if not flags["dry_run"]:
        session.must_be_able_to_ask(yes=flags["yes"])
    journal = session.journal()
    journal.command = "freeze add"
    wanted, now = _window(session, flags), calendar(journal)
    session.output.show(*verbs.naming(wanted, now, flags["reason"]))
    outcome = _UNCHANGED
    if not flags["dry_run"]:
        session.ask("Freeze?", yes=flags["yes"])
        outcome = freeze(journal, wanted, flags["reason"])
    body = {"start": wanted.start.isoformat(), "end": wanted.end.isoformat(), "dry_run": flags["dry_run"]}
    return session.output.finish("freeze", outcome, body)


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@global_options(hidden=True)
@with_session
def list_(session: Session, everything: bool) -> int:
    """Show the windows, those of every week too, and when the next opening is.

    \b
    cutover freeze list --all --json
    """
    now = calendar(session.journal())
    session.output.show(*verbs.windows(now, everything=everything))
    frozen = f"frozen until {now.opening}: {now.frozen.text}" if now.frozen else ""
    text = frozen or "not frozen now: a step may be taken"
    way_on = "lowering is always allowed" if now.frozen else "cutover freeze add names a window"
    shown = now.named if everything else now.current
    body = {
        "frozen": now.frozen is not None,
        "opens": now.opens.isoformat(timespec="seconds"),
        "named": [verbs.freeze_document(one) for one in shown],
        "weekly": [weekly.text for weekly in now.weekly],
    }
    return session.output.finish("freeze", Outcome(Exit.DONE, text, way_on), body)


@command.command()
@click.argument("id_", metavar="ID")
@click.option("--reason", type=Reason(), default="by hand", help="Why, for the ledger.")
@click.option("--dry-run", is_flag=True, help="Show the window and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def rm(session: Session, id_: str, reason: str, dry_run: bool, yes: bool) -> int:
    """Take a named window back; those of every week are in the settings.

    \b
    cutover freeze rm f12 --reason "launch was moved"
    """
    if not dry_run:
        session.must_be_able_to_ask(yes=yes)
    journal = session.journal()
    journal.command = "freeze rm"
    found = named(journal.refresh(), id_)
    if found is None:
        known = ", ".join(one.id for one in calendar(journal).current) or "none"
        raise click.UsageError(f"there is no freeze {id_!r}; the named ones are: {known}")
    session.output.show(*verbs.thawing(found))
    outcome = _UNCHANGED
    if not dry_run:
        session.ask("Take it back?", yes=yes)
        outcome = thaw(journal, id_, reason)
    return session.output.finish("freeze", outcome, verbs.freeze_document(found) | {"dry_run": dry_run})


def _window(session: Session, flags: Flags) -> Window:
    now, zone = session.world.clock.now(), time_zone(session.world.settings.freeze.time_zone)

    def moment(text: str, *, is_end: bool) -> datetime:
        return parse_time(text, zone, now, is_end=is_end)

    try:
        start = moment(flags["start"], is_end=False)
        end = moment(flags["end"], is_end=True) if flags["end"] else start + (flags["length"] or timedelta())
        return window(now, start, end)
    except (ValueError, OverflowError) as error:
        raise click.UsageError(str(error)) from error
