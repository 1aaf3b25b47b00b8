"""The rules of profiles: what is cached, and what ends with a change."""

from dataclasses import dataclass, replace
from functools import partial

import msgspec
from msgspec import UNSET

from service.cache import keys
from service.cache.aside import CacheAside
from service.db.database import Row
from service.domains.users import rules
from service.domains.users.repository import UserRepository
from service.domains.users.schemas import ProfileOut, ProfilePatch, ProfileStats
from service.identity.pool import PoolUser, UserPool
from service.kernel.envelope import One
from service.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class UserService:
    """What signed-in users can do with their own profile."""

    pool: UserPool
    users: UserRepository
    cache: CacheAside

    async def profile(self, who: Principal) -> bytes:
        """The JSON of the user's profile, from the cache if it is there. Raises NotFound, Unavailable."""
        load = partial(self._load, who)
        return await self.cache.get(keys.generation(who.sub), keys.profile(who.sub), keys.PROFILE_TTL_SECONDS, load)

    async def change(self, who: Principal, patch: ProfilePatch) -> bytes:
        """The JSON of the changed profile. Raises ValidationFailed, NotFound, Unavailable.

        No row changes, so there is no transaction, and no connection that waits for the user pool.
        """
        if patch.name is UNSET:
            return await self.profile(who)
        name = rules.new_name(patch.name)
        async with self.cache.writing(keys.generation(who.sub)):
            user, stats = await self.pool.find(who), await self.users.stats(who.sub)
            await self.pool.set_name(who, name)
        return _json(who, replace(user, name=name), stats)

    async def _load(self, who: Principal) -> bytes:
        return _json(who, await self.pool.find(who), await self.users.stats(who.sub))


def _json(who: Principal, user: PoolUser, stats: Row) -> bytes:
    counted = ProfileStats(stats["mocs"], stats["images"], stats["wishlist_items"])
    profile = ProfileOut(sub=who.sub, email=user.email, name=user.name, picture=user.picture, stats=counted)
    return msgspec.json.encode(One(data=profile))
