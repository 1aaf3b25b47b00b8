"""The rules of avatars: one object at one key for ever, which the user pool names or does not.

The file store and the user pool have no transaction in common, and the sweep of leftover files can't see what the pool
names. So the pool never names what is not there: the object is stored before it is named, and deleted after it is
named no more, by one request at a time. What can be left over is an object that nobody names; the next one to come
overwrites it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from service.cache import keys
from service.domains.users import rules
from service.domains.users.repository import UserRepository
from service.domains.users.schemas import AvatarOut
from service.identity.pool import UserPool
from service.images.kinds import picture_type
from service.images.port import Images
from service.kernel.errors import AppError, NotFound, Unavailable
from service.kernel.principal import Principal
from service.kernel.received import ReceivedFile
from service.scanning.port import Scanner
from service.storage import object_keys
from service.storage.port import Storage
from service.telemetry import metrics
from service.telemetry.log import Log
from service.telemetry.metrics import Counted
from service.telemetry.pseudonym import pseudonym
from service.writes import Writes

log = Log(__name__)

AT_A_TIME = 3  # each holds a database connection while others answer: most of the pool is left to everybody else
TURN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class AvatarService:
    """What signed-in users can do with their own avatar."""

    pool: UserPool
    users: UserRepository
    writes: Writes
    storage: Storage
    scanner: Scanner
    images: Images
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_A_TIME))
    turn_seconds: float = TURN_SECONDS

    async def store(self, who: Principal, file: ReceivedFile) -> AvatarOut:
        """The new avatar. Raises UnsupportedMediaType, ValidationFailed, MalwareDetected, NotFound, Unavailable."""
        picture_type(file.filename, file.content_type, file.body)
        await self.scanner.scan(file.body)
        body = await self.images.avatar(file.body)
        key = object_keys.avatar(who.sub)
        url = rules.versioned(self.storage.url_of(key), body)
        async with self._alone(who):
            await self.pool.find(who)  # while it does not answer, nothing is overwritten
            await self.storage.put(key, body, "image/webp")
            await self._name(who, key, url)
        metrics.count(Counted.IMAGES_UPLOADED)
        return AvatarOut(url, url)

    async def remove(self, who: Principal) -> None:
        """Delete the avatar, if there is one. Raises NotFound, Unavailable: asked again, it does the rest."""
        async with self._alone(who):
            if (await self.pool.find(who)).picture is not None:
                await self.pool.remove_picture(who)
            await self.storage.delete([object_keys.avatar(who.sub)])

    @asynccontextmanager
    async def _alone(self, who: Principal) -> AsyncIterator[None]:
        """Nobody else changes this user's avatar meanwhile; what is cached of the profile ends."""
        async with self._turn(), self.writes.begin(keys.generation(who.sub)) as transaction:
            await self.users.lock_avatar(who.sub, transaction)
            yield

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.turn_seconds):
                await self.turns.acquire()
        except TimeoutError as error:
            log.warning("avatars_waiting", at_a_time=AT_A_TIME)
            raise Unavailable("Too many avatars are being changed at the moment") from error
        try:
            yield
        finally:
            self.turns.release()

    async def _name(self, who: Principal, key: str, url: str) -> None:
        """Let the pool name the stored object. A failed call may have been heard: the pool itself says what holds."""
        try:
            await self.pool.set_picture(who, url)
        except AppError:
            with suppress(Unavailable):  # nothing is known: what may be named stays
                picture = await self._picture(who)
                if picture == url:
                    return
                if self.storage.key_of(picture or "") != key:
                    log.warning("avatar_withdrawn", userId=pseudonym(who.sub))
                    await self.storage.delete([key])
            raise

    async def _picture(self, who: Principal) -> str | None:
        try:
            return (await self.pool.find(who)).picture
        except NotFound:
            return None
