"""The success shapes: one thing, all of a short list, or a page of a long one."""

from collections.abc import Sequence
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

T = TypeVar("T")


class One(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`{"success": true, "data": …}`."""

    success: bool = True
    data: T


class Listed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`{"success": true, "data": […], "total": …}`: a list that is never long, so all of it."""

    success: bool = True
    data: Sequence[T]
    total: int


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`{"success": true, "data": […], "total": …, "page": …, "limit": …}`."""

    success: bool = True
    data: Sequence[T]
    total: int
    page: int
    limit: int


class Deleted(msgspec.Struct, frozen=True):
    """What a delete answers: the id that is gone."""

    id: UUID
