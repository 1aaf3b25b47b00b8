"""What a journey through the web client is made of: one request after another, each asked when its arrival comes."""

import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from loadtests._checks import Check


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `route` groups it, as "GET /api/mocs/{mocId}"; `check` says what is wrong with an answer.

    `url` is for what does not go to the API (a presigned form of S3): it is sent there without the token, and `side`
    says under which name it is counted. `after_seconds` is how long the client waits after the answer before, as one
    does who follows an upload: until then the journey is not ready. Asked earlier, it is as right, only too often.
    """

    method: str
    path: str
    route: str
    check: Check
    json: Any = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    side: str = ""
    after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the status and the decoded body (None where it is no JSON). Only right answers are handed on."""

    status: int
    body: Any


@dataclass(slots=True)
class Person:
    """One visitor with an account; many journeys of theirs may be under way at once, as tabs and requests are.

    `sub` is the account, `prefix` starts the title of everything that they make, so that it can be told apart and
    removed. What they know and own is shared by their journeys: a journey takes an id out of a list before it deletes
    what has it.
    """

    sub: str
    prefix: str
    random: random.Random
    known_mocs: list[str] = field(default_factory=list)  # of the account's newest list
    own_mocs: list[str] = field(default_factory=list)
    own_images: list[str] = field(default_factory=list)
    own_albums: list[str] = field(default_factory=list)
    own_wishes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # paths of what could not be deleted, or may not be
    made: "count[int]" = field(default_factory=lambda: count(1))


Journey = Generator[Ask, Answer | None, None]
"""Yields at least one request; is given its answer, or None when anything was wrong with it."""

Start = Callable[[Person], Journey]
