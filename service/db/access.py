"""How a connection to PostgreSQL is opened: where, with which password, and how much TLS."""

from typing import Any

import asyncpg

from service.db.credentials import Credentials
from service.db.tls import tls_of
from service.settings import Postgres

# Sent in the start-up message, where RDS Proxy knows it (spelled like this) and does not pin the connection for it.
SESSION = {"TimeZone": "UTC"}  # casts of zoned columns would follow the database's zone


class Access:
    """Opens connections to one database, each with the password of that moment. Raises MissingSettings (`tls_of`)."""

    def __init__(self, address: Postgres, credentials: Credentials) -> None:
        self._address = address
        self._credentials = credentials
        self._tls = tls_of(address)

    @property
    def renewable(self) -> bool:
        """Whether it is worth trying again when the password was refused."""
        return self._credentials.renewable

    async def open(self, **options: Any) -> Any:
        """A new connection; `options` are asyncpg's. Raises what asyncpg raises, and Unavailable without a password."""
        password = await self._credentials.password()
        try:
            return await asyncpg.connect(
                host=self._address.host,
                port=self._address.port,
                database=self._address.database,
                user=self._address.username,
                password=password,
                ssl=self._tls,
                server_settings=SESSION,
                **options,
            )
        except asyncpg.InvalidAuthorizationSpecificationError:  # 28P01 of PostgreSQL, 28000 of RDS Proxy
            self._credentials.refused(password)
            raise

    def forget(self) -> None:
        """Keep no password."""
        self._credentials.forget()
