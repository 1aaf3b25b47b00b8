"""`cutover compare`: the same GETs asked of two places, and what differs."""

import gzip
import json
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Whole
from cutover.core.asking_for import Operation, logged, operations, parse_request
from cutover.core.comparing import Blindness
from cutover.core.mismatch import Asked
from cutover.core.web import Place, place_of
from cutover.exits import Exit
from cutover.flow.comparing import Comparing, Wish, outcome
from cutover.flow.outcome import Outcome
from cutover.render.comparing import document, plan_document, planned, progress, screen
from cutover.sections import CompareSettings
from cutover.settings import VARIABLE

FASTEST = 10.0  # requests a second: a comparison must be no load
GZIP_MAGIC = b"\x1f\x8b"


class Flags(TypedDict):
    """What can be said on the command line."""

    baseline: Place
    candidate: Place
    paths: tuple[Asked, ...]
    openapi: Path | None
    from_log: Path | None
    top: int
    rounds: int
    rate: float
    token_env: str | None
    ignore: tuple[str, ...]
    host: str
    dry_run: bool
    yes: bool


class Words(click.ParamType[Any]):
    """What a parser of the core makes of the text."""

    def __init__(self, name: str, parse: Any) -> None:
        self.name, self._parse = name, parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value. Fails in the parser's words."""
        try:
            return self._parse(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _rate(text: str) -> float:
    whole, dot, part = text.partition(".")
    plain = text.isascii() and whole.isdigit() and (part.isdigit() if dot else True) and len(text) <= 6
    if not plain or not 0 < float(text) <= FASTEST:
        raise ValueError(f"{text!r} is not a number of requests a second, more than 0 and at most {FASTEST:g}")
    return float(text)


def _host(text: str) -> str:
    return place_of(f"https://{text}").name if text else ""


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--baseline", type=Words("url", place_of), required=True, help="The side that is right: ECS.")
@click.option("--candidate", type=Words("url", place_of), required=True, help="The side to compare with it: Lambda.")
@click.option("--path", "paths", type=Words("path", parse_request), multiple=True,
              help="What to ask; may be repeated.  [default: compare.paths of the settings]")  # fmt: skip
@click.option("--openapi", type=FILE, help="Ask every GET of this description, with ids that the baseline names.")
@click.option("--from-log", type=FILE, help="Ask the most frequent GETs of this ALB access log (.gz too).")
@click.option("--top", type=Whole("number", 1, 10_000), default=50, show_default=True, help="How many of them.")
@click.option("--rounds", type=Whole("number", 1, 1000), default=1, show_default=True, help="How often all is asked.")
@click.option("--rate", type=Words("number", _rate), default="2", show_default=True,
              help=f"Requests a second, {FASTEST:g} at most.")  # fmt: skip
@click.option("--token-env", metavar="NAME", help="The environment variable that holds an access token.")
@click.option("--ignore", multiple=True, metavar="FIELD", help="A JSON field that may differ; may be repeated.")
@click.option("--host", type=Words("name", _host), default="", metavar="NAME",
              help="Ask for this name (TLS, Host) instead of the URLs' own.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would be asked and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def command(session: Session, **flags: Unpack[Flags]) -> int:
    """Ask the same GETs of two places, and tell every difference that the first does not show against itself.

    \b
    cutover compare --baseline https://ecs.example.com --candidate https://lambda.example.com
    cutover compare --baseline URL --candidate URL --openapi openapi.json --token-env TOKEN --rounds 20

    Only reads (GET, HEAD). Each request goes to the baseline twice and to the candidate once. Under 0.1% that differ
    pass; from 1% on, or with another class of status, it fails. Exit 0 pass, 6 hold, 12 fail, 130 interrupted.
    """
    if not flags["dry_run"]:
        session.must_be_able_to_ask(yes=flags["yes"])
    wish = _wish(session.world.settings.compare, flags)
    session.output.show(*planned(wish))
    if flags["dry_run"]:
        done = Outcome(Exit.DONE, "nothing was asked", "the same without --dry-run")
        return session.output.finish("compare", done, plan_document(wish))
    session.ask("Ask this now?", yes=flags["yes"])
    summary = Comparing(session.world, wish, progress(session.output)).run()
    if session.output.is_live:
        session.output.new_line()
    session.output.show(*screen(summary))
    return session.output.finish("compare", outcome(summary), document(summary, wish))


def _wish(settings: CompareSettings, flags: Flags) -> Wish:
    found, left_out = _described(flags["openapi"])
    requests, skipped = list(flags["paths"]), list(left_out)
    if flags["from_log"]:
        mined, others = _mined(flags["from_log"], flags["top"])
        requests += mined
        skipped += [f"{others} lines of the log are no GETs"] if others else []
    if not (requests or flags["openapi"] or flags["from_log"]):
        requests = [parse_request(path) for path in settings.paths]
    if not requests and not found:
        raise click.UsageError("there is nothing to ask: name a --path")
    token = _token(flags["token_env"] or settings.token_env)
    return Wish(
        baseline=_named(flags["baseline"], flags["host"]),
        candidate=_named(flags["candidate"], flags["host"]),
        requests=tuple(dict.fromkeys(requests)),
        operations=tuple(found),
        rounds=flags["rounds"],
        rate=flags["rate"],
        headers={"Authorization": f"Bearer {token}"} if token else {},
        blind=Blindness(frozenset({*settings.ignore, *flags["ignore"]}), token),
        skipped=tuple(skipped),
    )


def _named(place: Place, host: str) -> Place:
    return Place(place.scheme, place.host, place.port, host or place.name, place.prefix)


def _token(name: str) -> str:
    """The token of that environment variable; what it holds is never repeated."""
    if not name:
        return ""
    if not VARIABLE.fullmatch(name):  # it may be the token itself
        raise click.UsageError("--token-env takes the name of an environment variable that holds the token")
    token = os.environ.get(name, "").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise click.UsageError(f"the environment variable {name} holds no token")
    return token


def _described(path: Path | None) -> tuple[list[Operation], list[str]]:
    if path is None:
        return [], []
    try:
        return operations(json.loads(path.read_text(encoding="utf-8")))
    except RecursionError:
        raise click.UsageError(f"--openapi {path}: it is nested too deeply") from None
    except (ValueError, OSError) as error:
        raise click.UsageError(f"--openapi {path}: {error}") from error


def _mined(path: Path, most: int) -> tuple[list[Asked], int]:
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        with (
            gzip.open(path, "rt", encoding="utf-8", errors="replace")
            if packed
            else path.open(encoding="utf-8", errors="replace") as lines
        ):
            text: Iterable[str] = lines
            return logged(text, most)
    except (OSError, EOFError, zlib.error) as error:
        raise click.UsageError(f"--from-log {path}: {error}") from error
