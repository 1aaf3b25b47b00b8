"""The images of wishlist items in the file store: one key for an item's life, which its uploads overwrite."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from service.db.database import Transaction
from service.domains.wishlist.rules import is_own_image
from service.files import REMOVE_SECONDS, Files, NewFile
from service.images.kinds import picture_type
from service.images.port import Images
from service.kernel.errors import AppError
from service.kernel.received import ReceivedFile
from service.scanning.port import Scanner
from service.storage import object_keys
from service.telemetry.log import Log
from service.telemetry.pseudonym import without_owner

log = Log(__name__)

WEBP = "image/webp"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that is to be stored, and the `imageUrl` that its item gets."""

    file: NewFile
    url: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """Makes, stores and lets go of images; see `service.files` for how objects and rows stay together."""

    files: Files
    scanner: Scanner
    images: Images

    async def made_of(self, owner: str, item_id: UUID, upload: ReceivedFile) -> Picture:
        """The upload as it will be stored; its URL tells browsers that it is new.

        Raises UnsupportedMediaType, MalwareDetected, ValidationFailed, Unavailable.
        """
        picture_type(upload.filename, upload.content_type, upload.body)
        await self.scanner.scan(upload.body)
        body = await self.images.wishlist(upload.body)
        key = object_keys.wishlist_image(owner, item_id)
        # Not told from the bytes: of two uploads at once one is stored last, and the other may be named last.
        url = f"{self.files.storage.url_of(key)}?v={secrets.token_hex(6)}"
        return Picture(NewFile(key, body, WEBP), url)

    @asynccontextmanager
    async def storing(self, picture: Picture) -> AsyncIterator[None]:
        """The image is stored within this block, which lets the item name it and calls `keep`. Raises Unavailable.

        When the block fails, the key is written down anew: another upload to it or a deletion may have struck it out
        before this image was stored.
        """
        done = False
        try:
            async with self.files.storing(picture.file):
                yield
            done = True
        finally:
            if not done:
                work = partial(self._write_down, picture.file.key)
                await self.files.background.soon("write_down_upload", work, budget_seconds=REMOVE_SECONDS)

    async def keep(self, transaction: Transaction, picture: Picture, current_url: str | None) -> None:
        """This transaction, which holds the item, lets it name the image. Raises SweptMeanwhile."""
        named = self._key(current_url) == picture.file.key
        await self.files.keep(transaction, picture.file.key, again=named)

    async def let_go(self, owner: str, transaction: Transaction, url: str | None, kept: str | None = None) -> None:
        """The owner's item named this URL and now names `kept`: the old image goes, if it is the owner's in our store.

        Where another row still names it, it stays.
        """
        key = self._key(url)
        if key is not None and key != self._key(kept) and is_own_image(owner, key):
            await self.files.discard(transaction, url)

    async def _write_down(self, key: str) -> None:
        try:
            await self.files.claim([key])
        except AppError as error:
            log.warning("upload_not_written_down", key=without_owner(key), error=error)

    def _key(self, url: str | None) -> str | None:
        return self.files.storage.key_of(url) if url else None
