"""What the API's description tells of the health route."""

from service.domains.health.schemas import Health
from service.web.openapi.facts import Answer, Described, Facts, JsonObject
from service.web.openapi.samples import TIME

CACHE_CONTROL: JsonObject = {
    "Cache-Control": {"description": "Never cached.", "required": True, "schema": {"const": "no-store"}}
}


def _health(status: str, database: str, redis: str) -> JsonObject:
    components = {"database": database, "redis": redis, "opensearch": "healthy"}
    return {"status": status, "service": "lego-projects-api", "components": components, "timestamp": TIME}


DESCRIBED = Described(
    tags={"health": "Whether requests can be answered: for load balancers and people, without signing in."},
    operations={
        "healthCheck": Facts(
            answers={
                200: Answer(
                    description="Requests are answered. `degraded`: without the cache or the search engine.",
                    shape=Health,
                    example=_health("degraded", "healthy", "unhealthy"),
                    headers=CACHE_CONTROL,
                ),
                503: Answer(
                    description="The database can't be reached: nearly nothing can be answered.",
                    shape=Health,
                    example=_health("unhealthy", "unhealthy", "healthy"),
                    headers=CACHE_CONTROL,
                ),
            }
        )
    },
)
