"""`cutover rehearse` and `cutover rehearse up` from start to end: stack up, rehearse, write the papers, stack down."""

import json
import signal
import sys
import time
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cutover.exits import Exit
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.rehearse import Outcome, Rehearsal, write_settings
from cutover.rehearsal.report import render
from cutover.rehearsal.screen import LiveScreen, PlainScreen
from cutover.rehearsal.stack.process import DidNotStart
from cutover.rehearsal.stack.stack import Stack
from cutover.rehearsal.summary import exit_of, lines, summary
from cutover.rehearsal.wish import FACTOR, Wish

LOOK_SECONDS = 0.2
AT_A_LOOK = (
    "ecs_url",
    "lambda_url",
    "dns",
    "database_url",
    "redis_url",
    "opensearch_url",
    "aws_endpoint_url",
    "jwks_url",
)


def rehearse(
    *,
    as_json: bool,
    quiet: bool,
    quick: bool,
    inject: Injection | None,
    parts_lists: Path | None,
    keep: bool,
    out: Path | None,
) -> int:
    """Rehearse once: the exit code."""
    console = _console(as_json=as_json, quiet=quiet)
    wish = Wish(folder=_folder(out), quick=quick, injection=inject, parts_lists=parts_lists)
    started = time.monotonic()
    try:
        with _screen(console, wish.name) as screen:
            stack = Stack.start(wish.folder / "logs", wish.factor, screen.say)
            try:
                seconds_to_start = time.monotonic() - started
                outcome = Rehearsal(wish, stack, screen).run()
            except BaseException:
                stack.stop()
                raise
    except DidNotStart as error:
        return _failed(str(error), as_json=as_json)
    try:
        outcome.seconds_to_start = seconds_to_start
        _write_papers(outcome, console, as_json=as_json)
        if keep:
            _keep(stack, wish, console)
    finally:
        stack.stop()
    return exit_of(outcome)


def stand_up(*, as_json: bool, quiet: bool, out: Path | None) -> int:
    """Start the stack, describe it, wait for the end: the exit code."""
    console = _console(as_json=as_json, quiet=quiet)
    wish = Wish(folder=_folder(out))
    try:
        with _screen(console, "the stack of a rehearsal") as screen:
            stack = Stack.start(wish.folder / "logs", FACTOR, screen.say)
    except DidNotStart as error:
        return _failed(str(error), as_json=as_json)
    try:
        settings = write_settings(stack, wish)
        if as_json:
            sys.stdout.write(json.dumps({**stack.describe(), "settings": str(settings)}) + "\n")
            sys.stdout.flush()
        else:
            _describe(stack, wish, console)
        _wait(stack, console)
    finally:
        stack.stop()
    return Exit.DONE


def _write_papers(outcome: Outcome, console: Console, *, as_json: bool) -> None:
    folder = outcome.wish.folder
    document = summary(outcome)
    (folder / "summary.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    (folder / "report.html").write_text(render(outcome), encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    for line in lines(outcome):
        style = "bold red" if line.startswith("FAIL") else ""
        console.print(Text(line, style), soft_wrap=True)


def _keep(stack: Stack, wish: Wish, console: Console) -> None:
    _describe(stack, wish, console)
    _wait(stack, console)


def _describe(stack: Stack, wish: Wish, console: Console) -> None:
    described = stack.describe()
    for name in AT_A_LOOK:
        console.print(Text.assemble((f"{name:<18}", "dim"), described[name]), soft_wrap=True)
    token, settings = described["tokens"]["alice"], wish.folder / "cutover.toml"
    console.print(Text(f"\ncurl {described['lambda_url']}/api/mocs -H 'Authorization: Bearer {token}'"), soft_wrap=True)
    console.print(Text(f"\ncutover --config {settings} status        (with any AWS credentials in the environment)"))
    console.print(Text("\nCtrl-C stops everything.", "bold"))


def _wait(stack: Stack, console: Console) -> None:
    """Until Ctrl-C or SIGTERM; SIGUSR1 brings back servers that are down."""
    asked: list[int] = []
    signal.signal(signal.SIGUSR1, lambda number, _: asked.append(number))
    try:
        while True:
            time.sleep(LOOK_SECONDS)
            if asked:
                asked.clear()
                for name in stack.bring_back():
                    console.print(Text(f"{name} is back"))
    except KeyboardInterrupt:
        return


def _failed(text: str, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps({"schema": "cutover.error/1", "exit": int(Exit.INTERNAL), "message": text}) + "\n")
    sys.stderr.write(f"The rehearsal could not be held: {text}\n")
    return Exit.INTERNAL


def _folder(out: Path | None) -> Path:
    return (out or Path("rehearsals") / datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")).absolute()


def _console(*, as_json: bool, quiet: bool) -> Console:
    return Console(stderr=as_json, quiet=quiet, highlight=False)


def _screen(console: Console, title: str) -> LiveScreen | PlainScreen:
    return LiveScreen(console, title) if console.is_terminal and not console.quiet else PlainScreen(console)
