"""Imports Litestar without what it does not need here.

Wherever they are installed, Litestar pulls in advanced-alchemy (through `litestar.pagination`) and pydantic (through
its default plugins), and with them SQLAlchemy: 1.9 s of a cold start instead of 0.25. OpenTelemetry comes with a plugin
that nobody asked for. Nothing of this service uses Litestar's side of them, so they are hidden while Litestar is
imported and while an application is assembled; the service's own later imports of them find them as always.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

HIDDEN = ("advanced_alchemy", "pydantic", "attr", "attrs", "opentelemetry")


@contextmanager
def without_heavy_plugins() -> Iterator[None]:
    """Within this block, importing the hidden packages fails as if they were not installed.

    Those that are loaded already stay: hiding them then would give two copies of their classes.
    """
    hidden = [name for name in HIDDEN if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to say: there is no such module
    try:
        yield
    finally:
        for name in hidden:
            if sys.modules.get(name) is None:
                sys.modules.pop(name, None)


with without_heavy_plugins():
    import litestar  # noqa: F401 - imported for its effect: later imports of it find it lean
