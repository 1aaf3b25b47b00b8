"""Every cache key there is. Pure.

A user's keys carry the user in braces, a hash tag, so that in a cluster they share one slot and can be read together.
Nothing is ever enumerated: each user has one generation key, and a value counts only while it carries the generation
that is current. A write ends the generation, and with it everything of that user at once: what a user sees hangs
together (an image stands in its album, in the MOCs that it is linked to and in the profile's counts), and a list that
is loaded anew costs a millisecond.
"""

from uuid import UUID

LIST_TTL_SECONDS = 300
DETAIL_TTL_SECONDS = 600
PROFILE_TTL_SECONDS = 600
AGGREGATE_TTL_SECONDS = 1800


def generation(owner: str) -> str:
    """Ends with every change to anything that the owner has."""
    return f"user:generation:{{{owner}}}"


def moc_list(owner: str, offset: int, limit: int, tag: str) -> str:
    """One slice of the owner's list; its offset, as old clients' slices need not begin where a page does.

    Searches are not cached: their answers change a moment after the write.
    """
    return f"moc:user:{{{owner}}}:list:{offset}:{limit}::{tag}"


def moc_detail(owner: str, moc_id: UUID) -> str:
    """One MOC as its owner reads it: the owner is part of the key, so a hit never skips the owner check."""
    return f"moc:detail:{{{owner}}}:{moc_id}"


def parts_list(owner: str, moc_id: UUID, list_id: UUID, offset: int, limit: int) -> str:
    """One parts list with a slice of its parts as its owner reads it; the parser ends the generation."""
    return f"moc:parts-list:{{{owner}}}:{moc_id}:{list_id}:{offset}:{limit}"


def moc_statistics(owner: str, name: str) -> str:
    """One of the owner's statistics."""
    return f"moc:user:{{{owner}}}:stats:{name}"


def image_list(owner: str, offset: int, limit: int, album: UUID | None, tag: str) -> str:
    """One slice of the owner's images outside any album, or in one."""
    return f"gallery:images:user:{{{owner}}}:{offset}:{limit}:{album or ''}:{tag}"


def image_detail(owner: str, image_id: UUID) -> str:
    """One image as its owner reads it."""
    return f"gallery:image:detail:{{{owner}}}:{image_id}"


def album_list(owner: str, offset: int, limit: int) -> str:
    """One slice of the owner's albums."""
    return f"gallery:albums:user:{{{owner}}}:{offset}:{limit}"


def album_detail(owner: str, album_id: UUID) -> str:
    """One album with its images as its owner reads it."""
    return f"gallery:album:detail:{{{owner}}}:{album_id}"


def wishlist(owner: str, category: str) -> str:
    """All of the owner's items, or those of one category."""
    return f"wishlist:user:{{{owner}}}:all:{category}"


def wishlist_item(owner: str, item_id: UUID) -> str:
    """One item as its owner reads it."""
    return f"wishlist:item:{{{owner}}}:{item_id}"


def profile(owner: str) -> str:
    """The owner's profile with its counts."""
    return f"profile:user:{{{owner}}}"
