"""The Lambda functions: what each serves and what it is given. Pure; the rehearsal's gateway routes by this table."""

from collections.abc import Sequence
from dataclasses import dataclass

GATEWAY_LIMIT_SECONDS = 29  # an HTTP API gives up after 30 s, so a longer HTTP function could only answer nobody


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `routes` are HTTP API route keys; none: it is invoked by the service itself, and by its schedule.

    `schedule` is the expression of an EventBridge rule whose events reach the function as they are.
    """

    name: str  # deployed as lego-api-NAME-STAGE
    handler: str
    memory_mb: int
    timeout_seconds: int
    provisioned: int  # environments that are always warm in production
    routes: Sequence[str] = ()
    schedule: str | None = None

    def deployed_name(self, stage: str) -> str:
        """The function's name in AWS."""
        return f"lego-api-{self.name}-{stage}"


PARSER = "csv-parser"

FUNCTIONS = (
    Function(
        name="health",
        handler="service.entrypoints.health.handler",
        memory_mb=512,
        timeout_seconds=10,
        provisioned=5,
        routes=("ANY /health", "ANY /"),
    ),
    Function(
        name="mocs",
        handler="service.entrypoints.mocs.handler",
        memory_mb=1024,
        timeout_seconds=GATEWAY_LIMIT_SECONDS,
        provisioned=2,
        # $default: what no route takes gets our own 404, not the gateway's, and /api/mocs/ the answer of /api/mocs, as
        # on ECS. An HTTP API takes no route key that ends in a slash, and health is to answer whatever scanners ask.
        routes=(
            "ANY /api/mocs",
            "ANY /api/mocs/{id}",
            "ANY /api/mocs/stats/by-category",
            "ANY /api/mocs/stats/uploads-over-time",
            "$default",
        ),
    ),
    Function(
        name="gallery",
        handler="service.entrypoints.gallery.handler",
        memory_mb=2048,  # for images
        timeout_seconds=GATEWAY_LIMIT_SECONDS,
        provisioned=2,
        routes=(
            "ANY /api/images",
            "ANY /api/images/{proxy+}",
            "ANY /api/albums",
            "ANY /api/albums/{proxy+}",
            "ANY /api/gallery",
            "ANY /api/flag",
        ),
    ),
    Function(
        name="wishlist",
        handler="service.entrypoints.wishlist.handler",
        memory_mb=1024,
        timeout_seconds=GATEWAY_LIMIT_SECONDS,
        provisioned=0,
        routes=("ANY /api/wishlist", "ANY /api/wishlist/{proxy+}"),
    ),
    Function(
        name="profile",
        handler="service.entrypoints.profile.handler",
        memory_mb=1024,
        timeout_seconds=GATEWAY_LIMIT_SECONDS,
        provisioned=0,
        routes=("ANY /api/users/{proxy+}",),
    ),
    Function(
        name="upload",
        handler="service.entrypoints.uploads.handler",
        memory_mb=2048,
        timeout_seconds=GATEWAY_LIMIT_SECONDS,
        provisioned=0,
        # The greedy one takes everything below a MOC, with a slash at the end, too. No other greedy route competes with
        # it: which of two API Gateway prefers is not written down.
        routes=("ANY /api/mocs/with-files", "ANY /api/mocs/upload-parts-list", "ANY /api/mocs/{id}/{proxy+}"),
    ),
    Function(
        name=PARSER,
        handler="service.entrypoints.parts_lists.handler",
        memory_mb=512,
        timeout_seconds=300,
        provisioned=0,
        schedule="rate(5 minutes)",  # sweeps up lists whose invocation was lost
    ),
)
