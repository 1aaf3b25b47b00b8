"""What a person needs before the first request, and that nothing of a run is left behind.

Everything that a load test makes has a title that begins with its person's prefix, `load RUN-NUMBER`: what has no such
title is nobody's but the account's, and is never touched.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from loadtests import _checks as checks
from loadtests._browse import list_page
from loadtests._edit import make_moc
from loadtests._gallery import make_album
from loadtests._journey import Ask, Journey, Person
from loadtests._owned import ALBUMS, IMAGES, KINDS, MOCS, WISHES, WORDS, Kind, Steps, kind_and_id, new
from loadtests._uploads import upload_image
from loadtests._wishlist import make_wish

# Of one thing that a load test has made; the group is its run.
TITLE = re.compile(rf"(load [^ ]+-)[0-9]+ (?:{'|'.join(WORDS)}) [0-9]+")
ROUNDS = 5  # what could not be deleted, or was not seen behind what others changed meanwhile, is tried again
LIMIT = 100
MAX_PAGES = 100

Found = tuple[Kind, str]
"""What to delete."""


def prepare(person: Person) -> Journey:
    """See the list, and make what the journeys need from the first minute on, one image among it. Can be repeated."""
    yield from list_page(person, 1)
    for kind, make, enough in _NEEDED:
        for _ in range(enough - len(kind.ids(person))):
            yield from make(person)


def clean(person: Person) -> Journey:
    """Remove all that this person has made, also what nobody told them of. What they own is forgotten.

    For the end of a run, when all of their journeys have ended: what a journey has borrowed it gives back by then.
    """
    known = [(kind, identity) for kind in KINDS for identity in kind.ids(person)]
    known += [kind_and_id(path) for path in person.left]
    yield from _delete(known)
    yield from _remove_titled(person, lambda title: title.startswith(f"{person.prefix} "))
    for ids in (person.left, *(kind.ids(person) for kind in KINDS)):
        ids.clear()


def sweep(person: Person) -> Journey:
    """Remove what earlier runs, killed ones, have left in the person's account; this run's things are spared.

    Another run that uses the same account at this time would lose its things, too.
    """
    run, _, number = person.prefix.rpartition("-")
    spared = f"{run}-" if number.isdigit() else f"{person.prefix} "

    def is_left(title: str) -> bool:
        return TITLE.fullmatch(title) is not None and not title.startswith(spared)

    yield from _remove_titled(person, is_left)


def _album(person: Person) -> Steps[None]:
    album_id = yield from make_album(person)
    if album_id is not None:
        with new(person, ALBUMS, album_id):
            pass


_NEEDED = (
    (MOCS, make_moc, MOCS.keeps),
    (WISHES, make_wish, WISHES.keeps),
    (ALBUMS, _album, 1),
    (IMAGES, upload_image, 1),
)


def _remove_titled(person: Person, wanted: Callable[[str], bool]) -> Steps[None]:
    """Delete what has such a title, and look again, until all lists say that there is none, or it is no use."""
    for _ in range(ROUNDS):
        found: dict[Found, None] = {}
        unseen = 0
        for listing in _LISTINGS:
            unseen += not (yield from _look_through(listing, person, wanted, found))
        if not found and not unseen:
            return
        yield from _delete(found)


def _look_through(
    listing: "_Listing", person: Person, wanted: Callable[[str], bool], found: dict[Found, None]
) -> Steps[bool]:
    """Add what of the list has such a title: whether all of it was seen."""
    query = ""
    for number in range(2, MAX_PAGES):
        path = f"{listing.path}?limit={LIMIT}{query}"
        check = checks.success(200, checks.listed(person.sub))
        answer = yield Ask("GET", path, f"GET {listing.path}", check)
        if answer is None:
            return False
        rows = answer.body["data"]
        found.update({(listing.kind_of(row), row["id"]): None for row in rows if wanted(row["title"])})
        if not rows or not listing.goes_on(answer.body):
            return True
        query = f"&cursor={answer.body['nextCursor']}" if listing.by_cursor else f"&page={number}"
    return False


def _delete(found: Iterable[Found]) -> Steps[None]:
    for kind, identity in found:
        check = checks.either((200, checks.success(200, checks.fields(id=identity))), (404, checks.GONE))
        yield Ask("DELETE", kind.path_of(identity), kind.route("DELETE"), check)


@dataclass(frozen=True, slots=True)
class _Listing:
    """A list of an account's things, and how it goes on."""

    path: str
    kinds: Mapping[str, Kind]
    by_cursor: bool = False

    def kind_of(self, row: Mapping[str, Any]) -> Kind:
        """What stands in this row."""
        return self.kinds[row["type"] if self.by_cursor else ""]

    def goes_on(self, body: Mapping[str, Any]) -> bool:
        """Whether there is more behind this page."""
        return "nextCursor" in body if self.by_cursor else body["page"] * LIMIT < body["total"]


_LISTINGS = (
    _Listing("/api/mocs", {"": MOCS}),
    _Listing("/api/gallery", {"image": IMAGES, "album": ALBUMS}, by_cursor=True),
    _Listing("/api/wishlist", {"": WISHES}),
)
