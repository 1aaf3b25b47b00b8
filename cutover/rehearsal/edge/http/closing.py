"""Ending a connection whose client may still be sending."""

import asyncio

LINGER_SECONDS = 1.0


def close_lingering(transport: asyncio.Transport) -> None:
    """Send the end of the stream behind what was written, and close when the client does or after a second.

    Closing at once with unread bytes would reset the connection, and the client could lose the answer that it was sent.
    """
    transport.write_eof()
    asyncio.get_running_loop().call_later(LINGER_SECONDS, transport.close)
