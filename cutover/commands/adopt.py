"""`cutover adopt`: a simple record becomes two weighted ones, in one batch, with the same answer."""

import re
from dataclasses import replace
from typing import TypedDict, Unpack

import click

from cutover.commands._session import Session, global_options, with_session
from cutover.commands._types import Reason, Shaped
from cutover.core.adopting import LambdaTarget
from cutover.core.models import Weights
from cutover.exits import Exit
from cutover.flow.adopting import adopt, already, is_known, prepare, take_over
from cutover.flow.outcome import Outcome
from cutover.render import documents, verbs
from cutover.render.parts import plan_title, way_back
from cutover.render.running import TextReport

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\.?\Z)(?:{_LABEL}\.)+[A-Za-z0-9-]{{1,63}}\.?", re.ASCII)
_ZONE = re.compile(r"[A-Z0-9]{1,32}", re.ASCII)
_CHECK = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)


class Flags(TypedDict):
    """What can be said on the command line."""

    lambda_target: str | None
    lambda_zone: str | None
    lambda_ipv6: bool
    health_check: str
    reason: str
    dry_run: bool
    yes: bool


@click.command()
@click.option("--lambda-target", type=Shaped("host name", _HOST, "d-abc123.execute-api.us-east-1.amazonaws.com"),
              help="The regional name of the API's custom domain.  [default: asked of API Gateway]")  # fmt: skip
@click.option("--lambda-zone", type=Shaped("zone id", _ZONE, "Z1UJRXOUMOOFQ8"), help="That name's hosted zone id.")
@click.option("--lambda-ipv6", is_flag=True, help="That name has IPv6 addresses too (dualstack).")
@click.option("--health-check", type=Shaped("health check's id", _CHECK, "0c1d2e3f-4a5b-6c7d-8e9f-0a1b2c3d4e5f"),
              default="",
              help="The id of the kill switch's health check, for Lambda's records.")  # fmt: skip
@click.option("--reason", type=Reason(), default="by hand", help="Why, for the ledger.")
@click.option("--dry-run", is_flag=True, help="Show the plan and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options(hidden=True)
@with_session
def command(session: Session, **flags: Unpack[Flags]) -> int:
    """Replace the name's simple record by two weighted ones, ECS at 100 and Lambda at 0, in one batch.

    \b
    cutover adopt --dry-run
    cutover adopt --lambda-target d-abc123.execute-api.us-east-1.amazonaws.com --lambda-zone Z1UJRXOUMOOFQ8

    Clients get the same answers before and after. Every type of the name (A, AAAA, CNAME, HTTPS) goes in that batch;
    ECS's record keeps its target, TTL and health check. Records that are weighted already are taken as they are.
    Exit 5 others' records are in the way, 8 these can't be adopted, and how to mend that.
    """
    if not flags["dry_run"]:
        session.must_be_able_to_ask(yes=flags["yes"])
    target = _target(session, flags)
    journal = session.journal(TextReport(session.output, ticks=False))
    plan = prepare(journal, target)
    if isinstance(plan, Weights):
        if is_known(journal):
            outcome = already(plan)
        elif flags["dry_run"]:
            outcome = Outcome(Exit.DONE, f"already weighted: {plan}; nothing was changed", "the same without --dry-run")
        else:
            outcome = take_over(journal, flags["reason"])
        return session.output.finish("adopt", outcome, {"dry_run": flags["dry_run"], "plan": None})
    session.output.show(*verbs.adoption(plan, session.world.settings, session.output))
    if flags["dry_run"]:
        outcome = Outcome(Exit.DONE, f"{plan_title(plan)}; nothing was changed", "the same without --dry-run")
    else:
        session.ask(f"Adopt {session.world.settings.name} now?", yes=flags["yes"])
        outcome = adopt(journal, target, plan, flags["reason"])
        session.output.progress(*way_back(session.output.again, journal.state.undo))
    return session.output.finish("adopt", outcome, {"dry_run": flags["dry_run"], "plan": documents.plan(plan)})


def _target(session: Session, flags: Flags) -> LambdaTarget:
    """As the flags say, or as API Gateway does."""
    name, zone = flags["lambda_target"], flags["lambda_zone"]
    if (name is None) != (zone is None):
        raise click.UsageError("--lambda-target and --lambda-zone belong together: the name, and its hosted zone's id")
    if name and zone:
        return LambdaTarget(name, zone, flags["lambda_ipv6"], flags["health_check"])
    found = session.world.targets.find()
    if found is None:
        raise click.UsageError(
            f"API Gateway names no custom domain {session.world.settings.name} here: create it, or say where Lambda's"
            " record has to point by --lambda-target and --lambda-zone"
        )
    return replace(found, ipv6=found.ipv6 or flags["lambda_ipv6"], health_check=flags["health_check"])
