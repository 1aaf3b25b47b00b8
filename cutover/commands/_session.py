"""What every command starts from: the global options, the world they name, and where its words go.

What carries a command out is imported when one starts: `--help` and a shell that completes a word must not wait for it.
"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Mapping
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from cutover.discovery import Discovery
    from cutover.flow.journal import Journal
    from cutover.flow.report import Report
    from cutover.ports import World
    from cutover.render.output import Output
    from cutover.render.running import JsonReport, TextReport

C = TypeVar("C", bound=Callable[..., Any])
KEY, TYPED = "cutover", "cutover.typed"
WORLDLY = ("config", "stage", "profile", "region")  # what the next command must repeat to mean the same world
DEFAULT_CONFIG = "cutover.toml"
TELLING = frozenset(
    {
        "check", "compare", "cost", "dashboard list", "dashboard preview", "dashboard show", "decommission plan",
        "doctor", "drift", "export bundle", "freeze list", "gates backtest", "gates explain", "history", "load report",
        "lock show", "plan", "reindex plan", "reindex status", "status", "verify", "watch",
    }
)  # fmt: skip
"""Commands that are there for what they say; of all others the exit code tells what was done, whoever reads it."""
TELLING_SECONDS = 3.0  # real ones, that a command waits in the end for the notices that are under way

_GLOBAL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--config", {"metavar": "FILE", "help": f"The settings.  [default: {DEFAULT_CONFIG}]"}),
    ("--stage", {"metavar": "NAME", "help": "Another stage than the settings name."}),
    ("--profile", {"metavar": "NAME", "help": "Another AWS profile than the settings name."}),
    ("--region", {"metavar": "NAME", "help": "Another AWS region than the settings name."}),
    ("--json", {"is_flag": True, "default": None, "help": "One JSON document on stdout, all else on stderr."}),
    ("--quiet", {"is_flag": True, "default": None, "help": "Results and errors only."}),
    ("--no-color", {"is_flag": True, "default": None, "help": "No colours; so does NO_COLOR."}),
)


def global_options(*, hidden: bool) -> Callable[[C], C]:
    """The global options, which every command takes too; the later one wins."""

    def decorate(command: C) -> C:
        for flag, how in reversed(_GLOBAL):
            envvar = None if hidden else f"CUTOVER_{flag[2:].replace('-', '_').upper()}"
            command = click.option(flag, **how, hidden=hidden, envvar=envvar, expose_value=False, callback=_keep)(
                command
            )
        return command

    return decorate


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value is None:
        return
    ctx.meta.setdefault(KEY, {})[param.name] = value
    if param.name in WORLDLY and ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE:
        ctx.meta.setdefault(TYPED, {})[param.name] = f"--{param.name} {shlex.quote(str(value))}"


class Session:
    """One command's world and output. `build` makes the world from the global options when it is first needed.

    `look` makes what a command without settings looks into an account with.
    """

    def __init__(
        self,
        build: Callable[[Mapping[str, Any]], World],
        *,
        interactive: bool | None = None,
        look: Callable[[Mapping[str, Any]], Discovery] | None = None,
    ) -> None:
        self._build, self._look = build, look
        self._interactive = sys.stdin.isatty() if interactive is None else interactive
        self.options: Mapping[str, Any] = {}
        self.typed: Mapping[str, str] = {}
        self.command = ""

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer."""
        return self._interactive

    @cached_property
    def world(self) -> World:
        """The world that the settings name. Raises BadSettings."""
        return self._build(self.options)

    @cached_property
    def discovery(self) -> Discovery:
        """The account that the global options name. Raises BadSettings."""
        from cutover.settings import BadSettings

        if self._look is None:
            raise BadSettings("there is no account to look into here")
        return self._look(self.options)

    @cached_property
    def output(self) -> Output:
        """Where the words go."""
        from cutover.render.output import Output

        given = self.options
        return Output(
            as_json=bool(given.get("json")),
            quiet=bool(given.get("quiet")),
            color=not given.get("no_color"),
            again=" ".join(["cutover", *self.typed.values()]),
        )

    def report(self) -> TextReport | JsonReport:
        """The screen of a command that runs on: NDJSON for programs."""
        from cutover.render.running import JsonReport, TextReport

        if self.output.as_json:
            return JsonReport(self.output, f"cutover.{self.command}/1")
        return TextReport(self.output)

    def journal(self, report: Report | None = None) -> Journal:
        """The ledger as this command writes it."""
        from cutover.flow.journal import Journal
        from cutover.render.running import TextReport

        return Journal(self.world, self.command, report or TextReport(self.output))

    def finish_telling(self, *, only_tells: bool = False) -> None:
        """Give what is under way beside the command its time, and tell what did not arrive; never a reason to fail.

        `only_tells`: the command changed nothing, so that numbers which it may not send are no loss.
        """
        if "world" not in vars(self):
            return
        ends = time.monotonic() + TELLING_SECONDS
        for problem in self.world.notifier.finish(TELLING_SECONDS):
            self.output.warn(f"people were not told: {problem}")
        beside = [f"metrics were not sent: {why}" for why in self.world.meter.finish(max(0.0, ends - time.monotonic()))]
        late = self.world.marker.finish(max(0.0, ends - time.monotonic()))
        beside += [f"the change is not marked in the dashboard: {why}; cutover dashboard annotate" for why in late]
        for problem in () if only_tells else beside:
            self.output.warn(problem)

    def must_be_able_to_ask(self, *, yes: bool) -> None:
        """Fail at once, before anything is read, where nobody could answer."""
        if not yes and not self._interactive:
            raise click.UsageError("there is no terminal to ask on: add --yes, or --dry-run to see the plan")

    def ask(self, question: str, *, yes: bool) -> None:
        """Ask for a yes. Raises click.Abort otherwise."""
        if not yes:
            click.confirm(question, err=True, abort=True)


def with_session(command: Callable[..., int]) -> Callable[..., int]:
    """Hand the command its session as the first argument, with all global options read; tell what ended it."""

    def start(*args: Any, **kwargs: Any) -> int:
        from cutover.flow.outcome import KNOWN_ERRORS, Stop, outcome_of

        ctx = click.get_current_context()
        session = ctx.ensure_object(Session)
        session.options = ctx.meta.get(KEY, {})
        session.typed = ctx.meta.get(TYPED, {})
        session.command = ctx.info_name or ""
        try:
            code = command(session, *args, **kwargs)
            return session.output.arrived(code) if _only_tells(ctx) else code
        except Stop as stop:
            return session.output.fail(stop.outcome)
        except KNOWN_ERRORS as error:
            return session.output.fail(outcome_of(error))
        finally:
            session.finish_telling(only_tells=_only_tells(ctx))

    return update_wrapper(start, command)


def _only_tells(ctx: click.Context) -> bool:
    """Whether the command, as it was typed, changes nothing: what it says is all that it does."""
    names, at = list[str](), ctx
    while at.parent:
        names.insert(0, at.info_name or "")
        at = at.parent
    return bool(ctx.params.get("dry_run")) or (" ".join(names) in TELLING and not ctx.params.get("fix"))
