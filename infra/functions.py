"""The Lambda functions: what each serves and what it is given. Pure; the rehearsal's gateway routes by this table.

Memory is the migration plan's. Its timeouts could not stay: behind an HTTP API nobody hears an answer after 30 s, a
limit that AWS raises for nobody, so a function that may run longer only works for nobody.

| function | plan | here | what takes the longer work |
| --- | --- | --- | --- |
| health | 10 s | 10 s | |
| mocs, wishlist, profile | 30 s | 29 s | |
| gallery | 60 s | 29 s | large pictures: `…/presign`, the client sends them to S3 itself, `…/complete` |
| upload | 120 s | 29 s | large files: likewise; the rows of a parts list: the parser, behind the answer |
| csv-parser | 300 s | 300 s | invoked asynchronously, by no gateway |

The service gives a request up earlier by itself (`service.web.boundary`), and answers that in its own words.
"""

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
    reserved: int | None = None  # concurrency that nobody else takes, and its most; None: the account's
    pictures: bool = False  # may have to render some, so it carries libvips

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
        reserved=5,
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
        pictures=True,  # of POST /api/images/ alone, with its slash
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
            "POST /api/images",
            "POST /api/images/complete",
        ),
        pictures=True,
    ),
    Function(
        name="wishlist",
        handler="service.entrypoints.wishlist.handler",
        memory_mb=1024,
        timeout_seconds=GATEWAY_LIMIT_SECONDS,
        provisioned=0,
        routes=(
            "ANY /api/wishlist",
            "ANY /api/wishlist/{proxy+}",
            "POST /api/wishlist/{id}/image",
            "POST /api/wishlist/{id}/image/complete",
        ),
        pictures=True,
    ),
    Function(
        name="profile",
        handler="service.entrypoints.profile.handler",
        memory_mb=1024,
        timeout_seconds=GATEWAY_LIMIT_SECONDS,
        provisioned=0,
        routes=(
            "ANY /api/users/{proxy+}",
            "POST /api/users/{id}/avatar",
            "POST /api/users/{id}/avatar/complete",
        ),
        pictures=True,
    ),
    Function(
        name="upload",
        handler="service.entrypoints.uploads.handler",
        memory_mb=2048,
        timeout_seconds=GATEWAY_LIMIT_SECONDS,
        provisioned=0,
        # The greedy one takes everything below a MOC, with a slash at the end, too. No other greedy route competes with
        # it: which of two API Gateway prefers is not written down.
        routes=(
            "ANY /api/mocs/with-files",
            "ANY /api/mocs/upload-parts-list",
            "ANY /api/mocs/{id}/{proxy+}",
            "POST /api/mocs/{id}/files",
            "POST /api/mocs/{id}/files/complete",
            "POST /api/mocs/{id}/upload-parts-list",
            "POST /api/mocs/{id}/upload-parts-list/complete",
        ),
        pictures=True,
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

# Of the routes above, those that take files and do the work on them. They are routes of their own so that they can have
# limits of their own: API Gateway throttles by route key.
UPLOAD_ROUTES = (
    "POST /api/images",
    "POST /api/images/complete",
    "ANY /api/mocs/with-files",
    "ANY /api/mocs/upload-parts-list",
    "POST /api/mocs/{id}/files",
    "POST /api/mocs/{id}/files/complete",
    "POST /api/mocs/{id}/upload-parts-list",
    "POST /api/mocs/{id}/upload-parts-list/complete",
    "POST /api/wishlist/{id}/image",
    "POST /api/wishlist/{id}/image/complete",
    "POST /api/users/{id}/avatar",
    "POST /api/users/{id}/avatar/complete",
)

MIGRATE = Function(  # not one of the API's: the deploy invokes it, once
    name="migrate",
    handler="service.entrypoints.migrations.handler",
    memory_mb=512,
    timeout_seconds=840,  # less than the 15 minutes that whoever invokes it has, so that its end is heard
    provisioned=0,
    reserved=1,
)
