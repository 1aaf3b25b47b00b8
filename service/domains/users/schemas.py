"""The wire Structs of the user routes: what comes in, what goes out."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from service.kernel.text import ONE_LINE

Name = Annotated[str, Meta(pattern=ONE_LINE)]  # its length counts after trimming: rules.py


class ProfilePatch(msgspec.Struct, frozen=True, kw_only=True):
    """What a user can change of their profile; other keys are ignored."""

    name: Name | UnsetType = UNSET


class ProfileStats(msgspec.Struct, frozen=True):
    """How much the user has."""

    total_mocs: int = msgspec.field(name="totalMOCs")
    total_images: int = msgspec.field(name="totalImages")
    total_wishlist_items: int = msgspec.field(name="totalWishlistItems")


class ProfileOut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A user as they see themselves; `picture` is the URL of their avatar."""

    sub: str
    email: str
    stats: ProfileStats
    name: str | None = None
    picture: str | None = None


class AvatarOut(msgspec.Struct, frozen=True, rename="camel"):
    """The new avatar's URL: as the profile has it, and by its old name."""

    picture: str
    avatar_url: str


class AvatarDeleted(msgspec.Struct, frozen=True):
    """Whose avatar is gone."""

    id: str
