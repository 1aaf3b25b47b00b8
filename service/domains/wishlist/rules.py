"""What makes a wishlist item valid beyond the shape of its fields, and which images are its own. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET

from service.domains.wishlist.schemas import Placement, ReorderIn, WishlistIn, WishlistPatch
from service.kernel.errors import Forbidden, ValidationFailed
from service.kernel.titles import trimmed_title

MAX_SORT_ORDER_CHARS = 100
MAX_PORT = 65_535
MAX_TOLD = 20  # of thousands of findings alike

_CLEARED_BY_BLANKS = ("description", "category")
_URLS = {"product_link": "productLink", "image_url": "imageUrl"}
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_LAST_LABEL = r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"  # begins with a letter: no spelling of an IP address does
# ASCII alone in the host, so that no letter looks like another; nothing before it, so that it is the host.
_WEB_URL = re.compile(
    rf"[hH][tT][tT][pP][sS]?://(?:{_LABEL}\.)+{_LAST_LABEL}\.?(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?:[/?#][^\s\x00-\x1f\x7f-\x9f\\<>\"]*)?"
)
_OUR_NAMES = re.compile(r"[A-Za-z0-9_/-]{1,200}\.[a-z0-9]{1,8}")


def new_item(wanted: WishlistIn) -> dict[str, Any]:
    """The columns of a new row; a `sort_order` of None is for the database to decide. Raises ValidationFailed."""
    return _checked({name: getattr(wanted, name) for name in wanted.__struct_fields__})


def changes(patch: WishlistPatch, current: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that the patch really changes; `current` is the row as it is. Raises ValidationFailed.

    What a client merely sends back is no change: an old row may hold what no new one may.
    """
    asked = {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
    checked = _checked({name: value for name, value in asked.items() if value != current[name]})
    return {name: value for name, value in checked.items() if value != current[name]}


def placements(wanted: ReorderIn) -> Mapping[UUID, str]:
    """The new `sort_order` of each item. Raises ValidationFailed."""
    field, places = _one_list(wanted)
    counts = Counter(place.id for place in places)
    again = [at for at, place in enumerate(places) if counts[place.id] > 1]
    if again:
        found = [{"field": f"{field}[{at}].id", "message": "is there more than once"} for at in again[:MAX_TOLD]]
        raise ValidationFailed(f"{field}: an item has only one place", found)
    return {place.id: text_order(place.sort_order, f"{field}[{at}].sortOrder") for at, place in enumerate(places)}


def none_of_yours(strange: Sequence[UUID]) -> Forbidden:
    """What is said of a new order with items that are not the user's, whether they exist or not."""
    found = [{"field": "id", "message": f"{item_id} is none of your items"} for item_id in strange[:MAX_TOLD]]
    return Forbidden("Nothing was changed: some of these items are not yours", found)


def text_order(given: str | float, field: str = "sortOrder") -> str:
    """A `sortOrder` as the column holds it. Raises ValidationFailed."""
    text = str(given).strip()
    if not 1 <= len(text) <= MAX_SORT_ORDER_CHARS:
        raise ValidationFailed.of_field(field, f"has to have 1 to {MAX_SORT_ORDER_CHARS} characters")
    return text


def is_own_image(owner: str, key: str) -> bool:
    """Whether the object may go when the owner's item no longer names it.

    Clients choose an item's `imageUrl`. It may name what belongs to somebody else, or an avatar, which no row names.
    """
    for folder in (f"wishlist/{owner}/", f"images/{owner}/"):
        if key.startswith(folder) and _OUR_NAMES.fullmatch(key, len(folder)):
            return True
    return False


def _one_list(wanted: ReorderIn) -> tuple[str, Sequence[Placement]]:
    if wanted.items is not None and wanted.item_orders is not None:
        raise ValidationFailed.of_field("itemOrders", "says the same as items: send only one of them")
    if wanted.item_orders is not None:
        return "itemOrders", wanted.item_orders
    if wanted.items is None:
        raise ValidationFailed.of_field("items", "is required")
    return "items", wanted.items


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    if "title" in fields:
        fields["title"] = trimmed_title(fields["title"])
    for name in _CLEARED_BY_BLANKS:
        if name in fields and not (fields[name] or "").strip():
            fields[name] = None
    for name, field in _URLS.items():
        if fields.get(name) is not None:
            _require_web_url(field, fields[name])
    if fields.get("sort_order") is not None:
        fields["sort_order"] = text_order(fields["sort_order"])
    return fields


def _require_web_url(field: str, url: str) -> None:
    found = _WEB_URL.fullmatch(url)
    if found is None or int(found["port"] or 0) > MAX_PORT:
        raise ValidationFailed.of_field(
            field, "has to begin with http:// or https:// and a domain name in ASCII, without a user name or blanks"
        )
