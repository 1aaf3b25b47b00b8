"""What functions were seen to ask of AWS, beside what their roles allow (infra/permissions.py)."""

import json
import urllib.request
from collections.abc import Mapping

from cutover.rehearsal.stack.plan import STAGE
from infra.functions import FUNCTIONS
from infra.permissions import PERMISSIONS, On

Asked = tuple[str, str, str]  # function, action, what of: the beginning of a key, a path of the search domain, or ""

# The stand-ins of AWS see these; they take no IAM tokens, keep no secrets and send no dead letters.
_SEEN = {On.FILES, On.SEARCH, On.USERS}
_NAMES = {function.deployed_name(STAGE): function.name for function in FUNCTIONS}


def asked(aws_url: str) -> frozenset[Asked]:
    """Everything that the stand-in of AWS was asked for by functions."""
    with urllib.request.urlopen(f"{aws_url}/_rehearsal/state?only=operations", timeout=30) as answer:  # noqa: S310
        seen = json.load(answer)["operations"]
    return frozenset(
        (_NAMES[one["caller"]], one["action"], _of(one)) for one in seen if one["caller"] in _NAMES and _kept(one)
    )


def allowed(*, rare: bool = True) -> frozenset[Asked]:
    """What the roles allow; `rare`: also what ordinary traffic does not show."""
    return frozenset(
        (name, action, path)
        for name, permissions in PERMISSIONS.items()
        for permission in permissions
        if permission.on in _SEEN and (rare or not permission.rare)
        for action, path in permission.pairs
    )


def _kept(one: Mapping[str, str]) -> bool:
    """Invocations go past the stand-in: the parser that they start shows them."""
    return one["action"] != "lambda:InvokeFunction"


def _of(one: Mapping[str, str]) -> str:
    return "" if one["action"].startswith("cognito-idp:") else one["resource"]
