"""Whether two identities are two people, as far as AWS can prove it."""

import re

LOCAL = "local:"  # how an identity begins that STS did not confirm
# Who assumes a role, or asks for a federated user, chooses the name behind the slash.
_NAMED_BY_THEMSELVES = re.compile(r"(arn:[a-z-]+:sts::[0-9]+:(?:assumed-role/[^/]+|federated-user))/.+", re.ASCII)


def is_known(actor: str) -> bool:
    """Whether STS has confirmed who it is."""
    return not actor.startswith(LOCAL)


def are_two(one: str, other: str, *, session_names_prove: bool) -> bool:
    """Whether these are certainly two people; two sessions of one role only where the names of sessions prove it."""
    if not (is_known(one) and is_known(other)):
        return False
    return one != other if session_names_prove else proven(one) != proven(other)


def proven(actor: str) -> str:
    """What of an identity nobody can choose for themselves."""
    found = _NAMED_BY_THEMSELVES.fullmatch(actor)
    return found[1] if found else actor
