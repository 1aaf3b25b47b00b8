"""Which sides the contract is held against: both of a stack on this machine, or those that the environment names.

CONTRACT_URLS=https://staging-api.example.com,…      base URLs, checked one after the other
CONTRACT_TOKEN_ALICE, CONTRACT_TOKEN_EVE             access tokens of two users
CONTRACT_TOKEN_ADMIN                                 one whose claims say `role: "admin"`
CONTRACT_ORIGIN                                      the allowed origin of that stage (http://localhost:3002)
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.contract.client import SECONDS, Side, one
from tests.contract.direct import stored
from tests.integration.rehearsal.stack_rig import PUBLIC_NAME, SIDES, Up

URLS = tuple(url for url in os.environ.get("CONTRACT_URLS", "").split(",") if url)
NAMES = URLS or SIDES
USERS = ("alice", "eve", "admin")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the sides are, by their names; `host` is what requests call them, None: as the URL says."""

    urls: Mapping[str, str]
    tokens: Mapping[str, str]
    host: str | None


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    """The sides: a stack of this machine's own, unless the environment names others."""
    if URLS:
        tokens = {user: os.environ[f"CONTRACT_TOKEN_{user.upper()}"] for user in USERS}
        return Target({url: url for url in URLS}, tokens, None)
    stack: Up = request.getfixturevalue("stack")
    tokens = dict(stack.described["tokens"])
    return Target({side: stack.url(side) for side in SIDES}, {**tokens, "eve": tokens["bob"]}, PUBLIC_NAME)


@pytest.fixture(scope="session")
def origin() -> str:
    """The page that may call."""
    return os.environ.get("CONTRACT_ORIGIN", "http://localhost:3002")


@pytest.fixture(params=NAMES)
def side(target: Target, request: pytest.FixtureRequest) -> Iterator[Side]:
    """One side; what a test made there is deleted afterwards."""
    headers = {"Host": target.host} if target.host else {}
    with httpx.Client(base_url=target.urls[request.param], headers=headers, timeout=SECONDS) as http:
        side = Side(request.param, http, target.tokens)
        yield side
        side.clean_up()


@pytest.fixture
def others(side: Side, target: Target) -> Iterator[Sequence[Side]]:
    """Every side, the one under test first: what one has written the others must see."""
    headers = {"Host": target.host} if target.host else {}
    with ExitStack() as stack:
        found = [side]
        for name in target.urls:
            if name != side.name:
                http = httpx.Client(base_url=target.urls[name], headers=headers, timeout=SECONDS)
                found.append(Side(name, stack.enter_context(http), target.tokens))
                stack.callback(found[-1].clean_up)
        yield found


@pytest.fixture
def eve(side: Side) -> Iterator[Mapping[str, Any]]:
    """The profile of one who may be changed, as it was before; afterwards it is so again."""
    before = one(side.get("/api/users/me", "eve"))
    avatar = stored(side, before["picture"]) if "picture" in before else None
    yield before
    if "name" in before:  # once there is a name there is always one
        one(side.patch("/api/users/me", {"name": before["name"]}, "eve"))
    if avatar is None:
        one(side.delete("/api/users/me/avatar", "eve"))
    else:
        one(side.send("/api/users/me/avatar", {"avatar": ("avatar.webp", avatar, "image/webp")}, user="eve"))


def pytest_configure(config: pytest.Config) -> None:
    """The marker that says which points of the contract a test holds a side to."""
    config.addinivalue_line(
        "markers", "contract(*points): the points of tests/contract/points.py that this test checks"
    )
