"""Which journeys there are, and how often each is begun.

A visit of the web client looks like this: it fetches a CSRF token and opens the list, by the old client's route or the
new one; people go to a second page at times, search for a word or two, and click on MOCs, each of which is a detail and
what is unfolded of it. Between that they look at their gallery, their wishlist and their profile. One request in eight
writes: most are small changes of wishes and MOCs, each read back at once as the client does. Photos and parts lists are
rare (0.3% and 0.7% of the requests), and heavy. Some requests are mistakes, as often at all times.

No access log of the production service was at hand when the weights were set: they follow from which page of the client
asks for what, and from the shares above. `python -m loadtests._mix` prints what they come to by route.

What journeys leave out: a profile's name and avatar. There is one of each for an account, so a load test could not put
back what was there, and each change is a call of Cognito, whose limits would be tested instead. Flags on images can't
be taken back. Nobody waits for the search: it finds what was written within 5 s, unless the index missed it, and then
the next reindex finds it, so no answer of it is wrong for what it does not have.
"""

from collections.abc import Mapping, Sequence

from loadtests._browse import csrf, old_opening, opening, profile, searching
from loadtests._edit import edit_moc, mistake, moc_life
from loadtests._gallery import album_life, albums, edit_image, gallery, linking, pictures
from loadtests._journey import Start
from loadtests._parts_lists import parts_list
from loadtests._uploads import image_life, moc_with_files
from loadtests._wishlist import edit_wish, reorder, wish_life, wishlist

MIX: Sequence[tuple[int, Start]] = (
    (300, opening),
    (110, old_opening),
    (170, searching),
    (80, gallery),
    (55, pictures),
    (40, albums),
    (35, profile),
    (115, wishlist),
    (50, csrf),
    (25, mistake),
    (24, moc_life),
    (55, edit_moc),
    (10, linking),
    (7, album_life),
    (15, edit_image),
    (20, wish_life),
    (40, edit_wish),
    (30, reorder),
    (8, image_life),
    (15, parts_list),
    (4, moc_with_files),
)
"""(weight, journey)."""

TAGS: Mapping[str, frozenset[Start]] = {
    "lists": frozenset({opening, old_opening}),
    "search": frozenset({searching}),
    "gallery": frozenset({gallery, pictures, albums, album_life, edit_image, image_life}),
    "wishlist": frozenset({wishlist, wish_life, edit_wish, reorder}),
    "profile": frozenset({profile, csrf}),
    "edits": frozenset({moc_life, edit_moc, linking, album_life, edit_image, wish_life, edit_wish, reorder}),
    "uploads": frozenset({image_life, parts_list, moc_with_files}),
    "mistakes": frozenset({mistake}),
}
"""The journeys that `--tags` and `--exclude-tags` name; a journey may have several."""


def tagged(
    mix: Sequence[tuple[int, Start]], only: Sequence[str], without: Sequence[str]
) -> Sequence[tuple[int, Start]]:
    """The journeys with one of the tags `only` (of none: all), and with none of those `without`.

    Raises ValueError: there is no such tag, or nothing is left.
    """
    if unknown := sorted({*only, *without} - set(TAGS)):
        raise ValueError(f"there is no tag {unknown[0]!r}; the tags are {', '.join(TAGS)}")
    wanted = frozenset[Start]().union(*(TAGS[name] for name in only))
    unwanted = frozenset[Start]().union(*(TAGS[name] for name in without))
    left = [(weight, start) for weight, start in mix if (not only or start in wanted) and start not in unwanted]
    if not left:
        raise ValueError("these tags leave no journey to walk")
    return left


if __name__ == "__main__":
    from loadtests._shares import main

    main()
