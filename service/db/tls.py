"""How much TLS a connection to PostgreSQL takes, as asyncpg wants to be told."""

import ssl

from service.settings import MissingSettings, Postgres


def tls_of(address: Postgres) -> ssl.SSLContext | str:
    """What asyncpg takes as `ssl`. Reading the system's certificates takes some 15 ms: call it once for the process.

    Raises MissingSettings when POSTGRES_CA_FILE holds no certificates.
    """
    if address.tls == "verify":
        return _believing(address)
    if address.tls == "require":
        return _believing_anybody()
    return {"prefer": "prefer", "off": "disable"}[address.tls]


def _believing(address: Postgres) -> ssl.SSLContext:
    """Certificate and host name are checked. RDS Proxy's authority is among the system's, RDS's own is not."""
    context = ssl.create_default_context()
    if address.ca_file is not None:
        try:
            context.load_verify_locations(address.ca_file)
        except OSError as error:  # what OpenSSL raises is one, too
            raise MissingSettings(f"POSTGRES_CA_FILE holds no certificates in PEM: {address.ca_file!r}") from error
    return context


def _believing_anybody() -> ssl.SSLContext:
    """Encrypted, whoever it is. Not asyncpg's own `require`: that one believes a file in the home directory, if any."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
