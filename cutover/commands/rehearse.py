"""`cutover rehearse`: the whole migration on this machine, against stand-ins, with real traffic."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cutover.commands._session import Session, global_options, with_session

if TYPE_CHECKING:
    from cutover.rehearsal.faults import Injection
    from cutover.rehearsal.scenario import Scenario


class InjectionType(click.ParamType["Injection"]):
    """FAULT@STEP, such as errors@50."""

    name = "FAULT@STEP"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Injection":
        """The injection that the text names."""
        from cutover.rehearsal.faults import BadInjection, Injection

        try:
            return value if isinstance(value, Injection) else Injection.parse(value)
        except BadInjection as error:
            self.fail(str(error), param, ctx)


class ScenarioType(click.ParamType["Scenario"]):
    """A scenario of ours by its name, or a file that holds one."""

    name = "NAME|FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Scenario":
        """The scenario that the text names."""
        from cutover.rehearsal.library import found
        from cutover.rehearsal.scenario import Scenario
        from cutover.rehearsal.scenario_file import BadScenario

        try:
            return value if isinstance(value, Scenario) else found(str(value))
        except BadScenario as error:
            self.fail(str(error), param, ctx)


def _fresh(_ctx: click.Context, _param: click.Parameter, folder: Path | None) -> Path | None:
    """A folder of its own: another rehearsal's ledger would be gone on with, anybody's settings be overwritten."""
    found = [
        name
        for name in ("cutover.toml", "ledger.jsonl", "index.html")
        if folder is not None and (folder / name).exists()
    ]
    if found:
        raise click.BadParameter(f"{folder} holds a {found[0]} already; name another folder")
    return folder


def _with_lists(_ctx: click.Context, _param: click.Parameter, folder: Path | None) -> Path | None:
    """A folder with something to compare."""
    from cutover.rehearsal.parts_lists import SUFFIXES, files_in

    if folder is not None and not files_in(folder):
        raise click.BadParameter(f"there is no {' or '.join(SUFFIXES)} file in {folder}")
    return folder


@click.group(invoke_without_command=True)
@click.option("--quick", is_flag=True, help="Short bakes: under 90 seconds in all.")
@click.option(
    "--scenario", "chosen", type=ScenarioType(),
    help="What happens, and how it must end: happy, errors-at-50, hand-edit, …, or a TOML file of yours.",
)  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Every scenario, one after another, each in a stack of its own.")
@click.option(
    "--inject", "injection", type=InjectionType(),
    help="Put a fault in the way, as errors@50: errors, latency, throttle, telemetry-loss, dns-stuck or killed.",
)  # fmt: skip
@click.option(
    "--parts-lists", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="FOLDER",
    callback=_with_lists,
    help="Give every parts list in FOLDER to both sides and compare what they count.",
)  # fmt: skip
@click.option("--keep", is_flag=True, help="Leave everything up afterwards, until Ctrl-C, to try by hand.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", callback=_fresh,
    help="Where report, ledger and logs go.  [default: rehearsals/DATE-TIME]",
)  # fmt: skip
@global_options(hidden=True)
@with_session
def command(session: Session, *, every: bool, keep: bool, out: Path | None, **wished: Any) -> int:
    """Rehearse the whole migration on this machine: nothing of AWS is touched.

    \b
    cutover rehearse --quick                     10%, 50%, 100%, and a report to look at
    cutover rehearse --quick --inject errors@50  Lambda fails at 50%: see it rolled back
    cutover rehearse --scenario hand-edit        a story with an end that is known (runbooks/rehearsals.md)
    cutover rehearse --all --quick               all of them, and a table
    cutover rehearse up                          just the stack, to try by hand

    PostgreSQL, Valkey, the API (as ECS and as Lambda) and the traffic are real; AWS is played by stand-ins that refuse
    what AWS refuses. A simulated minute takes a second. The exit code is that of `cutover run` (4: rolled back, 9: no
    telemetry, …), or 12 when something that must be true of a rehearsal was not. With --all: 0 when every scenario
    ended as it must, or 12.
    """
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        _must_be_bare(str(context.invoked_subcommand), {"keep": keep, "out": out, "all": every, **wished})
        return 0
    output = session.output
    _must_go_together(every=every, keep=keep, **wished)
    from cutover.rehearsal.session import folder_for, rehearse

    if every:
        from cutover.rehearsal.suite import hold_all

        return hold_all(folder_for(out), quick=wished["quick"], as_json=output.as_json, quiet=output.quiet)
    from cutover.rehearsal.wish import Wish

    return rehearse(Wish(folder=folder_for(out), **wished), as_json=output.as_json, quiet=output.quiet, keep=keep)


def _must_be_bare(command: str, given: Mapping[str, Any]) -> None:
    """What is said before a command of its own would be heeded by nobody."""
    if any(given.values()):
        raise click.UsageError(f"rehearse {command} has options of its own; what stands before it goes unheard")


def _must_go_together(**given: Any) -> None:
    """One rehearsal has one story; all of them are looked at afterwards."""
    if given["chosen"] and given["injection"]:
        raise click.UsageError("--scenario and --inject: either a story or a fault; a file can hold both")
    others = {"keep": "--keep", "chosen": "--scenario", "injection": "--inject", "parts_lists": "--parts-lists"}
    if given["every"] and (first := next((name for key, name in others.items() if given[key]), None)):
        raise click.UsageError(f"--all and {first}: --all holds every scenario as it is, and keeps nothing up")


@command.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", callback=_fresh,
    help="Where settings and logs go.",
)  # fmt: skip
@global_options(hidden=True)
@with_session
def up(session: Session, out: Path | None) -> int:
    """Start the stack alone, say where everything is, and stop it all on Ctrl-C or SIGTERM.

    \b
    cutover rehearse up --json > stack.json &

    Kill a server by its pid to see an outage; `kill -USR1` to this process brings back what is down.
    """
    from cutover.rehearsal.session import folder_for, stand_up
    from cutover.rehearsal.wish import Wish

    return stand_up(Wish(folder=folder_for(out)), as_json=session.output.as_json, quiet=session.output.quiet)
