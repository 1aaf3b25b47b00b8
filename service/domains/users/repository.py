"""All SQL of the user routes; the owner comes first."""

from dataclasses import dataclass

from service.db.database import Database, Row, Transaction
from service.db.turns import take_turn

_STATS = """SELECT
 (SELECT count(*) FROM moc_instructions WHERE user_id = $1) AS mocs,
 (SELECT count(*) FROM gallery_images WHERE user_id = $1) AS images,
 (SELECT count(*) FROM wishlist_items WHERE user_id = $1) AS wishlist_items"""


@dataclass(frozen=True, slots=True)
class UserRepository:
    """What PostgreSQL knows of users."""

    database: Database

    async def stats(self, owner: str) -> Row:
        """How many `mocs`, `images` and `wishlist_items` the owner has."""
        [row] = await self.database.fetch(_STATS, owner)
        return row

    async def lock_avatar(self, owner: str, transaction: Transaction) -> None:
        """Wait until nobody else changes the owner's avatar, on either platform; held until the transaction ends."""
        await take_turn(transaction, "avatar", owner)
