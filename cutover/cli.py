"""The `cutover` command: global options, commands loaded when they are asked for, every end told in one way."""

from __future__ import annotations

import importlib
import logging
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from cutover import __version__, commands
from cutover.commands._session import DEFAULT_CONFIG, Session, global_options
from cutover.commands._summaries import SECTIONS, SUMMARIES
from cutover.exits import Exit

if TYPE_CHECKING:
    from cutover.discovery import Discovery
    from cutover.flow.outcome import Outcome
    from cutover.ports import World


class LazyCommands(click.Group):
    """A group whose commands are the modules of cutover.commands, imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every module that is not private."""
        return sorted(m.name for m in pkgutil.iter_modules(commands.__path__) if not m.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The module's `command`. Fails with the nearest names for any other."""
        if cmd_name not in self.list_commands(ctx):
            if ctx.resilient_parsing:  # a shell is completing a word: there is nobody to tell
                return None
            raise click.exceptions.NoSuchCommand(cmd_name, possibilities=self.list_commands(ctx), ctx=ctx)
        found: click.Command = importlib.import_module(f"cutover.commands.{cmd_name}").command
        found.name = cmd_name
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by what one wants to do, none of them loaded."""
        present = self.list_commands(ctx)
        width = max(map(len, present))
        others = {name: "" for name in present if name not in SUMMARIES}
        for heading, section in {**SECTIONS, "Other": others}.items():
            rows = [(name.ljust(width), text) for name, text in section.items() if name in present]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names of commands, none of them loaded, and the global options."""
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=SUMMARIES.get(name)) for name in names), *options]

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        """Run, and end with the exit code of what happened: no traceback, whatever it is."""
        words = list(sys.argv[1:] if args is None else args)
        ended = ending_of(partial(super().main, words, *more, **{**extra, "standalone_mode": False}), words)
        if not isinstance(ended, int):
            from cutover.render.output import Output

            asked_for_json = "--json" in words or bool(os.environ.get("CUTOVER_JSON"))
            ended = Output(as_json=asked_for_json, color="--no-color" not in words).fail(ended)
        sys.exit(ended)


@click.group(
    "cutover", cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@global_options(hidden=False)
@click.version_option(__version__, prog_name="cutover")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Move the API's traffic from ECS to Lambda, step by step, and back at any time.

    \b
    cutover status                       what is true now
    cutover run                          10%, 50%, 100%, with a bake at each
    cutover rollback                     everything back to ECS, at once

    Global options may also follow the command, and be set as CUTOVER_CONFIG, CUTOVER_PROFILE and so on.

    \b
    Exit codes:
      0 done              5 drift               10 Route 53 out of reach
      1 internal          6 hold                11 not in sync in time
      2 usage, settings   7 locked              12 verification mismatch
      3 gates failed      8 refused by a rule   13 load not delivered
      4 rolled back       9 no telemetry        14 frozen   130 interrupted
    """
    logging.basicConfig(format="! %(message)s", level=logging.WARNING)
    if not isinstance(ctx.obj, Session):
        world = ctx.obj
        ctx.obj = Session((lambda _: world) if world is not None else real_world, look=real_account)


def real_world(options: Mapping[str, Any]) -> World:
    """The world that the settings name. Raises BadSettings."""
    from cutover.settings import load
    from cutover.world import build_world

    overrides = {key: str(options.get(key) or "") for key in ("stage", "profile", "region")}
    return build_world(load(Path(options.get("config") or DEFAULT_CONFIG), overrides), os.environ)


def real_account(options: Mapping[str, Any]) -> Discovery:
    """What looks into the account of the global options, or of the environment, without settings."""
    from cutover.world import build_discovery

    region = options.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return build_discovery(str(region or ""), str(options.get("profile") or ""))


def ending_of(run: Callable[[], Any], words: Sequence[str] = ()) -> int | Outcome:
    """The exit code of a command that ended by itself, or the outcome of what ended it; `words` were typed."""
    try:
        return int(run() or 0)
    except click.ClickException as error:
        return _misused(error, words)
    except click.Abort:
        from cutover.flow.outcome import Outcome

        return Outcome(Exit.INTERRUPTED, "stopped: no further change was made", f"cutover {_looks(words)}")
    except Exception as error:  # noqa: BLE001 - the process's outermost boundary
        return _unexpected(error, words)


def _misused(error: click.ClickException, words: Sequence[str]) -> int | Outcome:
    from cutover.flow.outcome import Outcome

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return int(Exit.USAGE)
    if isinstance(error, click.UsageError) and error.ctx:
        where = error.ctx.command_path
    else:  # of an option without its value click does not say whose it is
        where = " ".join(["cutover", *[word for word in words if word in SUMMARIES][:1]])
    return Outcome(Exit.USAGE, error.format_message(), f"{where} --help")


def _looks(words: Sequence[str]) -> str:
    """The command that shows what became of the one that was typed."""
    return "reindex status" if next((word for word in words if word in SUMMARIES), "") == "reindex" else "status"


def _unexpected(error: Exception, words: Sequence[str]) -> Outcome:
    from cutover.flow.outcome import Outcome

    if os.environ.get("CUTOVER_DEBUG"):
        traceback.print_exception(error)
    looks = _looks(words)  # an index is none of the traffic's: to move that back would mend nothing
    way_on = "cutover rollback goes back" if looks == "status" else f"cutover {looks} shows what became of it"
    return Outcome(
        Exit.INTERNAL,
        f"this is a bug: {type(error).__name__}: {error}",
        f"the same with CUTOVER_DEBUG=1 shows where; {way_on}",
    )
