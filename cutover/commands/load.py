"""`cutover load`: does a target hold what a profile asks of it, and how do two runs compare?"""

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict, Unpack
from uuid import uuid4

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason, Whole
from cutover.core.load.tokens import BadTokens, tokens_in, tokens_of
from cutover.core.web import place_of
from cutover.exits import Exit
from cutover.flow.journal import Journal
from cutover.flow.loading import PUBLIC, SIDES, Intended, Loading, Wish, intend, must_be_calm, tokens_problem
from cutover.flow.outcome import Outcome
from cutover.render.loading import Screen, plan_document, planned, verdict
from cutover.sections import LoadSettings
from cutover.settings import Settings

LONGEST_TOKENS = 1_000_000  # characters
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


class Flags(TypedDict):
    """What can be said of a run."""

    shape: str  # the profile's name or file
    target: str
    prod: bool
    reason: str | None
    processes: int
    persons: int
    seed: int
    out: Path | None
    tokens: Path | None
    no_clean: bool
    dry_run: bool
    yes: bool


class TargetType(click.ParamType[str]):
    """ecs, lambda, public, or a base URL."""

    name = "ecs|lambda|public|URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The target. Fails with what it can be."""
        if value not in {*SIDES, PUBLIC}:
            try:
                place_of(value)
            except ValueError as error:
                self.fail(f"{error}; a target is ecs, lambda, public, or such a URL", param, ctx)
        return str(value)


@click.group()
@global_options(hidden=True)
def command() -> None:
    """Put load on a target and judge how it bears that, or set two such runs side by side.

    \b
    cutover load run sustained --target lambda
    cutover load report loads/A loads/B

    Requests arrive at the rate that was asked for, whatever the answers take, and are timed from when they were due.
    """


@command.command()
@click.argument("shape", metavar="PROFILE")  # --profile is the one of AWS
@click.option("--target", type=TargetType(), required=True,
              help="ecs or lambda (past DNS), public (by DNS), or a base URL.")  # fmt: skip
@click.option("--prod", is_flag=True, help="Yes, this is production.")
@click.option("--reason", type=Reason(), metavar="TEXT", help="Why, for the ledger; with --prod.")
@click.option("--processes", type=Whole("number", 0, 64), default=1, show_default=True, help="So many of Locust's.")
@click.option("--persons", type=Whole("number", 1, 100_000), default=0, help="People who are played at once.")
@click.option("--seed", type=Whole("number", 1, 999_999), default=0, help="The same choices as another run's.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Where its papers go.  [default: a new one in load.folder]")  # fmt: skip
@click.option("--tokens", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
              metavar="FILE", help="The test users' tokens; - reads them from stdin.")  # fmt: skip
@click.option("--no-clean", is_flag=True, help="Leave what it makes.")
@click.option("--dry-run", is_flag=True, help="Show what would be asked and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def run(session: Session, **flags: Unpack[Flags]) -> int:
    """Put the load of a profile on a target: smoke, sustained, spike, soak, or a TOML file.

    \b
    cutover load run smoke --target https://staging-api.lego-moc.example.com --tokens tokens.json
    cutover load run spike --target ecs --processes 2
    cutover load run sustained --target public --prod --reason "capacity before the sale"

    FILE holds {"USER": "TOKEN", …}, what `cutover rehearse up --json` prints, or a token a line. Without --tokens they
    come from load.tokens_env, or from load.tokens_command. For more than one machine: runbooks/load.md.

    Exit 0 it holds, 3 it does not, 6 too little to tell, 8 refused, 13 the load did not arrive, 130 interrupted.
    """
    if str(flags["tokens"]) == "-" and not (flags["yes"] or flags["dry_run"]):
        raise click.UsageError("--tokens - takes what is typed, so that nothing can be asked: add --yes")
    if not flags["dry_run"]:
        session.must_be_able_to_ask(yes=flags["yes"])
    world, output = session.world, session.output
    intended = intend(world, world.load, _wish(session, flags))
    journal = session.journal()
    journal.command = "load run"
    if intended.is_production and not intended.refused:
        must_be_calm(journal.refresh(), world.clock.now())
    problem = tokens_problem(intended.order, world.settings.load.tokens_env, world.clock.now())
    output.show(*planned(intended, world.settings.notify, problem))
    if intended.refused:
        return output.finish("load", intended.refused, plan_document(intended))
    if flags["dry_run"]:
        done = Outcome(Exit.DONE, "nothing was asked of it", "the same without --dry-run")
        return output.finish("load", done, plan_document(intended))
    if problem:
        raise click.UsageError(problem)
    session.ask("Put this load on it?", yes=flags["yes"])
    return _run(session, journal, intended)


def _run(session: Session, journal: Journal, intended: Intended) -> int:
    screen = Screen(session.output, intended.order.profile)
    outcome, ended = Loading(journal, session.world.load, screen).run(intended)
    if ended and ended.told:
        session.output.show(*verdict(ended.told))
    elif ended and outcome.exit is Exit.INTERNAL:
        for line in ended.log_end.splitlines():
            session.output.warn(line)
    summary = dict(ended.summary or {}) if ended else {}
    summary.pop("schema", None)
    return session.output.finish("load", outcome, {**summary, "folder": intended.order.folder})


@command.command()
@click.argument("first", metavar="A", type=FOLDER)
@click.argument("second", metavar="[B]", type=FOLDER, required=False)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="The page.  [default: report.html, or compare.html, in A]")  # fmt: skip
@global_options(hidden=True)
@with_session
def report(session: Session, first: Path, second: Path | None, out: Path | None) -> int:
    """Write the page of a run anew, or that of two runs side by side, and say what they came to.

    \b
    cutover load report loads/sustained-ecs-20261123-0910
    cutover load report loads/sustained-ecs-20261123-0910 loads/sustained-lambda-20261123-0925

    A run that was killed is reported as far as it is written down. Exit 0, whatever the runs came to.
    """
    from cutover.load.reporting import report_of_one, report_of_two

    told = report_of_two(first, second, out) if second else report_of_one(first, out)
    session.output.show(*told.screen)
    return session.output.finish(told.name, told.outcome, told.document)


def _wish(session: Session, flags: Flags) -> Wish:
    settings = session.world.settings
    return Wish(
        id=uuid4().hex[:12],
        profile=flags["shape"],
        target=flags["target"],
        folder=str(_folder(settings, flags, session.world.clock.now())),
        production=flags["prod"],
        reason=flags["reason"] or "",
        tokens=_tokens(flags["tokens"], settings.load, os.environ),
        processes=max(1, flags["processes"]),
        persons=flags["persons"],
        seed=flags["seed"],
        clean=not flags["no_clean"],
    )


def _folder(settings: Settings, flags: Flags, now: datetime) -> Path:
    if flags["out"]:
        return flags["out"].absolute()
    target = flags["target"] if flags["target"] in {*SIDES, PUBLIC} else place_of(flags["target"]).server_name
    name = f"{Path(flags['shape']).stem}-{target}-{now:%Y%m%d-%H%M%S}"
    return Path(settings.load.folder).absolute() / name


def _tokens(path: Path | None, settings: LoadSettings, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Tokens by user; none where a command prints them, or where nobody has said any."""
    named = environ.get(settings.tokens_env, "")
    where = f"--tokens {path}" if path else f"the environment variable {settings.tokens_env}"
    try:
        if path:
            return tokens_of(_read(path))
        return tokens_in(one.strip() for one in named.split(",") if one.strip()) if named.strip() else {}
    except (BadTokens, OSError, UnicodeDecodeError) as error:
        said = error.reason if isinstance(error, UnicodeDecodeError) else error
        raise click.UsageError(f"{where}: {said}") from None


def _read(path: Path) -> str:
    if str(path) == "-":
        return sys.stdin.read(LONGEST_TOKENS)
    with path.open(encoding="utf-8") as file:
        return file.read(LONGEST_TOKENS)
