"""May Lambda be deployed now? `cutover status --json | python -m infra.delivery.guard`; 0: yes, 8: no, 2: no idea.

`cutover` raises nothing while a deploy is going on, nor for half an hour afterwards. This is the other half: nothing is
deployed while `cutover` is moving traffic, or while traffic bakes that a raise will be judged by.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any, TextIO

DOCUMENT = "cutover.status/1"
GO, UNREADABLE, REFUSED = 0, 2, 8  # as cutover's own exit codes


class NoStatus(Exception):
    """What was given is not what `cutover status --json` writes; the message says why."""


def refusal(status: Mapping[str, Any]) -> str | None:
    """Why nothing may be deployed, and what to do; None: it may. `status` is what `cutover status --json` writes.

    Raises NoStatus.
    """
    try:
        return _unknown(status) or _moving(status) or _baking(status)
    except (KeyError, TypeError) as error:
        raise NoStatus(
            f"the status lacks {error}: are this checkout's cutover and its ledger of one version?"
        ) from error


def _unknown(status: Mapping[str, Any]) -> str | None:
    """Nobody knows who is served by whom."""
    if (problem := status["ledger"]["problem"]) is not None:
        return f"the ledger can't be read ({problem}): mend it, see runbooks/ledger.md"
    if _is_there(drift := status["drift"]):
        return f"the records are not those of the ledger ({drift['text']}): look at `cutover drift`"
    if status["weights"] is None or status["weights_source"] != "route53":
        return "Route 53 could not be asked for the weights: try again when it answers"
    return None


def _moving(status: Mapping[str, Any]) -> str | None:
    """A change is under way, or a rollback whose end nobody has seen."""
    if status["phase"] in ("new", "steady") and status["state"] != "ROLLING BACK":
        return None
    return f"traffic is being moved ({status['state']}): wait until `cutover status` shows a steady state"


def _baking(status: Mapping[str, Any]) -> str | None:
    """Lambda has a share that is being judged, and nobody has paused the migration."""
    weight = status["weights"]["lambda"]
    if type(weight) is not int:  # nor a truth, which counts as a number
        raise TypeError(f"a weight where it says {weight!r}")
    is_out = weight == 0 or _is_there(status["kill_switch"]["thrown"])
    is_done = status["state"] in ("FINISHED", "DECOMMISSIONED")
    if is_out or is_done or _is_there(status["paused"]):
        return None
    return (
        f"{weight}% of the traffic is on Lambda, and its bake would be judged by two versions: say so first with"
        f' `cutover pause --reason "deploy of …"`, deploy, then `cutover resume --reason …`'
    )


def _is_there(told: Any) -> bool:
    """Whether something is told: an object, not null. Raises TypeError for what is neither."""
    if told is None or (isinstance(told, Mapping) and told):
        return told is not None
    raise TypeError(f"an object or null where it says {told!r}")


def _status(given: TextIO) -> Mapping[str, Any]:
    status = json.load(given)
    if isinstance(status, dict) and status.get("schema") == DOCUMENT:
        return status
    raise NoStatus(f"no {DOCUMENT} on standard input: pipe `cutover status --json` into this")


def main(given: TextIO, told: TextIO) -> int:
    """Read one status, say the decision, return the exit code."""
    try:
        status = _status(given)
        why = refusal(status)
    except (ValueError, RecursionError, NoStatus) as error:
        told.write(f"not deployed: {error}\n")
        return UNREADABLE
    told.write(f"not deployed: {why}\n" if why else f"may be deployed: {status['state']}\n")
    return REFUSED if why else GO


if __name__ == "__main__":
    sys.exit(main(sys.stdin, sys.stdout))
