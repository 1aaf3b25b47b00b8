"""Every cache key there is. Pure.

A user's keys carry the user in braces, a hash tag, so that in a cluster they share one slot and can be read together.
Nothing is ever enumerated: each user has one generation key, and a value counts only while it carries the generation
that is current. A write ends the generation, and with it everything of that user at once.
"""

from uuid import UUID

LIST_TTL_SECONDS = 300
DETAIL_TTL_SECONDS = 600


def moc_generation(owner: str) -> str:
    """Ends with every change to one of the owner's MOCs, their files or parts lists."""
    return f"moc:generation:{{{owner}}}"


def moc_list(owner: str, offset: int, limit: int, tag: str) -> str:
    """One slice of the owner's list; its offset, as old clients' slices need not begin where a page does.

    Searches are not cached: their answers change a moment after the write.
    """
    return f"moc:user:{{{owner}}}:list:{offset}:{limit}::{tag}"


def moc_detail(owner: str, moc_id: UUID) -> str:
    """One MOC as its owner reads it: the owner is part of the key, so a hit never skips the owner check."""
    return f"moc:detail:{{{owner}}}:{moc_id}"
