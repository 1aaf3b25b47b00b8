"""SnapStart: a snapshot is taken after the start, and every environment begins as a copy of it, hours or weeks later.

So nothing may be in it that is open (the other side is long gone), that grows old unseen (the monotonic clock stood
still), or that must be different in each copy. What is closed opens again when it is first needed.
"""

import asyncio
import os
import random
import ssl

from service.runtime import Runtime
from service.telemetry import tracing

SEED_BYTES = 32


def outlive_snapshots(runtime: Runtime, loop: asyncio.AbstractEventLoop) -> None:
    """Register what is to be done before the snapshot and after each restore, where Lambda works with snapshots."""
    if not runtime.settings.snap_start:
        return
    # A part of Lambda's Python, and of the runtime client: there is nothing to install where this is reached.
    from snapshot_restore_py import (  # type: ignore[import-untyped]
        register_after_restore,
        register_before_snapshot,
    )

    register_before_snapshot(lambda: loop.run_until_complete(runtime.rest()))
    register_before_snapshot(tracing.rest)
    register_after_restore(renew_randomness)


def renew_randomness() -> None:
    """Draw other numbers than the other copies do. What asks the kernel (`uuid4`, `secrets`) is Lambda's matter."""
    random.seed()
    ssl.RAND_add(os.urandom(SEED_BYTES), SEED_BYTES)
