"""Ctrl-C and SIGTERM end a run, and no request that just happens to be at work when they come."""

import signal

import gevent


def heed_signals(*, headless: bool) -> None:
    """Let the main greenlet hear of them, as Locust expects it.

    While it drives a shape without its page, Locust heeds no SIGTERM at all; with its page, it does so itself.
    """
    for number in (signal.SIGINT, signal.SIGTERM) if headless else (signal.SIGINT,):
        gevent.signal_handler(number, _interrupt)


def _interrupt() -> None:
    gevent.get_hub().handle_system_error(KeyboardInterrupt, KeyboardInterrupt())
