"""`cutover rehearse` and `cutover rehearse up` from start to end: stack up, rehearse, write the papers, stack down."""

import json
import signal
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from cutover.exits import Exit
from cutover.rehearsal.pressure import NoPressure
from cutover.rehearsal.rehearse import Outcome, Rehearsal, write_settings
from cutover.rehearsal.report import render
from cutover.rehearsal.screen import LiveScreen, PlainScreen
from cutover.rehearsal.stack.process import DidNotStart
from cutover.rehearsal.stack.stack import Stack
from cutover.rehearsal.summary import exit_of, lines, summary
from cutover.rehearsal.wish import Wish

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


def rehearse(wish: Wish, *, as_json: bool, quiet: bool, keep: bool) -> int:
    """Rehearse once: the exit code. `keep` leaves everything up afterwards, until Ctrl-C."""
    console = _console(as_json=as_json, quiet=quiet)
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
    except (DidNotStart, NoPressure) as error:
        return _failed(str(error), as_json=as_json)
    try:
        outcome.seconds_to_start = seconds_to_start
        _write_papers(outcome, console, as_json=as_json)
        if keep:
            _stay_up(stack, console, lambda: _describe(stack, wish, console))
    finally:
        stack.stop()
    return exit_of(outcome)


def stand_up(wish: Wish, *, as_json: bool, quiet: bool) -> int:
    """Start the stack, describe it, wait for the end: the exit code."""
    console = _console(as_json=as_json, quiet=quiet)
    try:
        with _screen(console, "the stack of a rehearsal") as screen:
            stack = Stack.start(wish.folder / "logs", wish.factor, screen.say)
    except DidNotStart as error:
        return _failed(str(error), as_json=as_json)
    try:
        settings = write_settings(stack, wish)
        described = {**stack.describe(), "settings": str(settings)}
        _stay_up(stack, console, lambda: _print(described) if as_json else _describe(stack, wish, console))
    finally:
        stack.stop()
    return Exit.DONE


def folder_for(out: Path | None) -> Path:
    """The folder that was asked for, or one that is named by the time."""
    return (out or Path("rehearsals") / datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")).absolute()


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


def _print(document: Mapping[str, Any]) -> None:
    """One document in one line, at once: whoever started this waits for it."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _describe(stack: Stack, wish: Wish, console: Console) -> None:
    described = stack.describe()
    for name in AT_A_LOOK:
        console.print(Text.assemble((f"{name:<18}", "dim"), described[name]), soft_wrap=True)
    token, settings = described["tokens"]["alice"], wish.folder / "cutover.toml"
    console.print(Text(f"\ncurl {described['lambda_url']}/api/mocs -H 'Authorization: Bearer {token}'"), soft_wrap=True)
    console.print(
        Text(f"\ncutover --config {settings} status        (with any AWS credentials in the environment)"),
        soft_wrap=True,
    )
    console.print(Text("\nCtrl-C stops everything.", "bold"))


def _stay_up(stack: Stack, console: Console, tell: Callable[[], None]) -> None:
    """Tell where everything is, then wait for Ctrl-C or SIGTERM; SIGUSR1 brings back servers that are down."""
    asked: list[int] = []
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for its background jobs
        signal.signal(signal.SIGUSR1, lambda number, _: asked.append(number))
        tell()
        while True:
            time.sleep(LOOK_SECONDS)
            if asked:
                asked.clear()
                _bring_back(stack, console)
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # everything is being stopped already: a second one changes nothing


def _bring_back(stack: Stack, console: Console) -> None:
    try:
        for name in stack.bring_back():
            console.print(Text(f"{name} is back, pid {stack.children[name].pid}"), soft_wrap=True)
    except DidNotStart as error:
        console.print(Text(str(error), "bold red"), soft_wrap=True)


def _failed(text: str, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps({"schema": "cutover.error/1", "exit": int(Exit.INTERNAL), "message": text}) + "\n")
    sys.stderr.write(f"The rehearsal could not be held: {text}\n")
    return Exit.INTERNAL


def _console(*, as_json: bool, quiet: bool) -> Console:
    return Console(stderr=as_json, quiet=quiet, highlight=False)


def _screen(console: Console, title: str) -> LiveScreen | PlainScreen:
    return LiveScreen(console, title) if console.is_terminal and not console.quiet else PlainScreen(console)
