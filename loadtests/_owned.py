"""What a person owns: borrowed while a journey works on it, given up when there is enough, removed without a trace."""

import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from loadtests import _checks as checks
from loadtests._journey import Answer, Ask, Person

T = TypeVar("T")
Steps = Generator[Ask, Answer | None, T]
"""A part of a journey that comes to something."""

WORDS = ("castle", "falcon", "crane", "tower", "train", "space")
MOST_BEYOND = 3  # how many more than it keeps a person may own for a while, when deletes fail


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of things: where they are, what a route calls one, and how many of it a person keeps."""

    path: str
    parameter: str
    ids: Callable[[Person], list[str]]
    keeps: int

    def path_of(self, identity: str) -> str:
        """The path of one."""
        return f"{self.path}/{identity}"

    def route(self, method: str, below: str = "") -> str:
        """The route of one, or below it."""
        return f"{method} {self.path}/{{{self.parameter}}}{below}"


MOCS = Kind("/api/mocs", "mocId", lambda person: person.own_mocs, keeps=3)
IMAGES = Kind("/api/images", "imageId", lambda person: person.own_images, keeps=2)
ALBUMS = Kind("/api/albums", "albumId", lambda person: person.own_albums, keeps=1)
WISHES = Kind("/api/wishlist", "itemId", lambda person: person.own_wishes, keeps=4)
KINDS = (MOCS, IMAGES, ALBUMS, WISHES)


def kind_and_id(path: str) -> tuple[Kind, str]:
    """What the path is of."""
    folder, _, identity = path.rpartition("/")
    return next(kind for kind in KINDS if kind.path == folder), identity


def title_of_new(person: Person) -> str:
    """A title that nothing else has; one of the words is in it."""
    return f"{person.prefix} {person.random.choice(WORDS)} {next(person.made)}"


def one_that_never_was(person: Person) -> str:
    """An id that nothing has: ids are drawn (version 4), and this one is made of a name (version 5)."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{person.prefix} {person.random.getrandbits(64)}"))


@contextmanager
def borrowed(person: Person, kind: Kind, at_most: int = 1) -> Iterator[list[str]]:
    """Some that the person owns: no other journey has them until this one ends, in whatever way."""
    ids = kind.ids(person)
    taken = [ids.pop(person.random.randrange(len(ids))) for _ in range(min(at_most, len(ids)))]
    try:
        yield taken
    finally:
        ids.extend(taken)


@contextmanager
def new(person: Person, kind: Kind, identity: str) -> Iterator[None]:
    """What a journey has made: it is read back before any other journey has it."""
    try:
        yield
    finally:
        kind.ids(person).append(identity)


def may_make(person: Person, kind: Kind) -> bool:
    """Whether one more is bearable: where deletes fail, accounts must not fill."""
    return len(kind.ids(person)) + len(person.left) < kind.keeps + MOST_BEYOND


def read(kind: Kind, identity: str, wrong: checks.Wrong) -> Ask:
    """What a write has answered, every later read sees."""
    return Ask("GET", kind.path_of(identity), kind.route("GET"), checks.success(200, wrong))


def change(person: Person, kind: Kind, identity: str, fields: dict[str, Any], method: str = "PATCH") -> Steps[bool]:
    """What the person has borrowed is changed, and read back: whether it is changed."""
    changed = checks.thing(person.sub, id=identity, **fields)
    answer = yield Ask(method, kind.path_of(identity), kind.route(method), checks.success(200, changed), json=fields)
    if answer is None:
        return False
    yield read(kind, identity, changed)
    return True


def look_or_miss(kind: Kind, identity: str, wrong: checks.Wrong = checks.fine) -> Ask:
    """One that a list had, and that may be gone since."""
    return Ask("GET", kind.path_of(identity), kind.route("GET"), checks.there_or_gone(wrong))


def part_with_one(person: Person, kind: Kind) -> Steps[None]:
    """The oldest goes, when there is more than the person keeps, and is gone.

    Else one is looked for that never was: so there are as many 404s from the first minute on as later, because gates
    compare the rates of different times. What could not be deleted before comes first.
    """
    ids = kind.ids(person)
    if person.left:
        yield from remove(person, *kind_and_id(person.left.pop(0)), or_gone=True)
    elif len(ids) > kind.keeps:
        yield from remove(person, kind, ids.pop(0))
    else:
        yield _missing(kind, one_that_never_was(person))


def remove(person: Person, kind: Kind, identity: str, *, or_gone: bool = False) -> Steps[bool]:
    """Delete it, and see it gone: whether it is. `or_gone`: a delete without an answer may have had its effect."""
    path = kind.path_of(identity)
    deleted = checks.success(200, _is_deleted(identity))
    check = checks.either((200, deleted), (404, checks.GONE)) if or_gone else deleted
    with _left_unless_answered(person, path) as answers:
        answers.append((yield Ask("DELETE", path, kind.route("DELETE"), check)))
    if answers[0] is None:
        return False
    yield _missing(kind, identity)
    return True


@contextmanager
def _left_unless_answered(person: Person, path: str) -> Iterator[list[Answer | None]]:
    """What is being deleted in this block is nobody's; without a right answer it may still be there."""
    answers: list[Answer | None] = []
    try:
        yield answers
    finally:
        if not answers or answers[0] is None:
            person.left.append(path)


def _missing(kind: Kind, identity: str) -> Ask:
    return Ask("GET", kind.path_of(identity), kind.route("GET"), checks.GONE)


def _is_deleted(identity: str) -> checks.Wrong:
    def wrong(answer: Any) -> str | None:
        return None if answer["data"] == {"id": identity} else f"deleted {answer['data']!r:.200}, not {identity}"

    return wrong
