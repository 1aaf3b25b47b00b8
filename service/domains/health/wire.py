"""A health report as it is sent."""

import msgspec

from service.domains.health.schemas import Health

NEVER_STORED = ((b"cache-control", b"no-store"),)


def told(health: Health) -> tuple[int, bytes]:
    """Status and body: 200 while requests can be answered (healthy, degraded), 503 while they can't."""
    return 503 if health.status == "unhealthy" else 200, msgspec.json.encode(health)
