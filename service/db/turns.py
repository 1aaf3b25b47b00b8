"""Turns: whoever does the same for the same user waits until the transaction of the one before ends.

By the lock of a row, which a transaction holds in any case. An advisory lock would do as well on PostgreSQL itself, but
RDS Proxy keeps a connection that takes one for its session alone.
"""

from service.db.database import Transaction

_TAKE = "INSERT INTO turns (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name"


async def take_turn(transaction: Transaction, purpose: str, owner: str) -> None:
    """Wait until nobody else does this for the owner; held until the transaction ends."""
    await transaction.execute(_TAKE, f"{purpose}:{owner}")
