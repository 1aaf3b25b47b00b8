"""The wire Structs of the health route."""

from typing import Literal

import msgspec

State = Literal["healthy", "unhealthy"]
Status = Literal["healthy", "degraded", "unhealthy"]


class Components(msgspec.Struct, frozen=True):
    """What the service stands on."""

    database: State
    redis: State
    opensearch: State


class Health(msgspec.Struct, frozen=True):
    """`degraded`: everything is answered, some of it slower or less well. `unhealthy`: nothing can be."""

    status: Status
    service: str
    components: Components
    timestamp: str
