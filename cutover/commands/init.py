"""`cutover init`: write the settings from what there is in the account."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cutover.commands._session import DEFAULT_CONFIG, Session, global_options, with_session
from cutover.exits import Exit
from cutover.flow.discovering import Discoverer, Found, outcome
from cutover.flow.outcome import Outcome, Stop
from cutover.render.settings_text import settings_text
from cutover.settings import is_host_name


class HostName(click.ParamType[str]):
    """A record's name."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name in lower case, without the dot at its end."""
        name = str(value).lower().rstrip(".")
        if name and not is_host_name(name):
            self.fail(f"{value!r} is not a host name such as api.example.com", param, ctx)
        return name


@click.command()
@click.option("--name", type=HostName(), default="", help="The public name.  [default: found in the zones]")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=DEFAULT_CONFIG, show_default=True,
              help="The file to write.")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite it if it exists.")
@click.option("--dry-run", is_flag=True, help="Show the file and write nothing.")
@global_options(hidden=True)
@with_session
def command(session: Session, name: str, out: Path, force: bool, dry_run: bool) -> int:
    """Write the settings from what is found in the account, with every default as a comment.

    \b
    cutover init --name api.example.com
    cutover init --name api.example.com --dry-run --profile prod

    Only reads: Route 53, load balancers, ECS, API Gateway, and the names of RDS proxies, tables, topics and alarms.
    Where several things fit it asks; without a terminal it lists them and exits 2.
    """
    if out.exists() and not (force or dry_run):
        raise click.UsageError(f"{out} exists: add --force to overwrite it, or name another with --out")
    found = Discoverer(session.discovery, lambda what, texts: _chosen(session, what, texts)).discover(name)
    text = settings_text(found.known | _own(session), found.hints)
    body = {"path": str(out), "found": found.known, "missing": list(found.missing), "dry_run": dry_run}
    if dry_run:
        session.output.show(text)
        return session.output.finish("init", _shown(found), body | {"text": text})
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{out}: {error.strerror}") from error
    again = "cutover" if out == Path(DEFAULT_CONFIG) else f"cutover --config {shlex.quote(str(out))}"
    return session.output.finish("init", outcome(found, str(out), again), body)


def _shown(found: Found) -> Outcome:
    lacking = f"; {', '.join(found.missing)} could not be found" if found.missing else ""
    exit_ = Exit.USAGE if found.missing else Exit.DONE
    return Outcome(exit_, f"nothing was written{lacking}", "the same without --dry-run")


def _own(session: Session) -> dict[str, str]:
    """What the command line says of the world."""
    keys = {"stage": "stage", "profile": "aws.profile", "region": "aws.region"}
    return {key: str(session.options[option]) for option, key in keys.items() if session.options.get(option)}


def _chosen(session: Session, what: str, texts: Sequence[str]) -> int:
    if not session.interactive:
        listed = "; ".join(texts)
        raise Stop(Outcome(Exit.USAGE, f"there are several: {what}: {listed}", "the same on a terminal, which asks"))
    for number, text in enumerate(texts, 1):
        click.echo(f"  {number}  {text}", err=True)
    return int(click.prompt(f"Which {what}?", type=click.IntRange(1, len(texts)), err=True)) - 1
