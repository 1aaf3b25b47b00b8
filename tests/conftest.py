"""What every test may rely on: Ctrl-C means something, also in the processes that a test starts."""

import signal


def pytest_configure() -> None:
    """Undo what a shell does to a job in the background: it lets it, and all its children, ignore SIGINT."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
