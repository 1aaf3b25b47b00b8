"""The table of functions: what it says beside memory and routes follows from the service itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal.edge.gateway.routes import RouteTable
from infra.functions import FUNCTIONS, MIGRATE, PARSER, UPLOAD_ROUTES

PATHS: dict[str, Any] = json.loads((Path(__file__).parents[3] / "service/openapi.json").read_text())["paths"]
TABLE = RouteTable([(route, one.name) for one in FUNCTIONS for route in one.routes])


def taking_files() -> list[str]:
    """The paths of the API to which a file is sent, or of which one is completed that lies in S3 already."""
    forms = [path for path, one in PATHS.items() if "multipart/form-data" in content(one)]
    return sorted([*forms, *(path for path in PATHS if path.endswith("/complete"))])


def content(path: Any) -> Any:
    return path.get("post", {}).get("requestBody", {}).get("content", {})


def test_every_route_that_takes_files_has_limits_of_its_own() -> None:
    limited = {key.partition(" ")[2].replace("{id}", "{}") for key in UPLOAD_ROUTES}
    assert limited == {path.replace(path[path.find("{") : path.find("}") + 1] or "\0", "{}") for path in taking_files()}
    assert len(UPLOAD_ROUTES) == len(limited)


@pytest.mark.parametrize("path", taking_files())
def test_a_file_is_sent_by_a_limited_route_to_the_function_that_took_it_before(path: str) -> None:
    match = TABLE.match("POST", path)
    assert match is not None
    assert match.route_key in UPLOAD_ROUTES
    without = RouteTable([(key, one.name) for one in FUNCTIONS for key in one.routes if not key.startswith("POST ")])
    before = without.match("POST", path)
    assert before is not None
    assert before.function_name == match.function_name


@pytest.mark.parametrize("path", sorted(PATHS))
def test_other_requests_share_the_limits_of_the_stage(path: str) -> None:
    match = TABLE.match("GET", path)
    assert match is not None
    assert match.route_key not in {key for key in UPLOAD_ROUTES if key.startswith("POST ")}


def test_whoever_may_get_a_picture_carries_libvips() -> None:
    pictures = [path for path in taking_files() if "parts-list" not in path]
    slashed = [f"{path}/" for path in pictures]
    reached = {match.function_name for path in (*pictures, *slashed) if (match := TABLE.match("POST", path))}
    assert {one.name for one in FUNCTIONS if one.pictures} == reached


def test_the_plan_gives_memory_and_concurrency() -> None:
    memory = {one.name: one.memory_mb for one in FUNCTIONS}
    assert memory == {
        "health": 512,
        "mocs": 1024,
        "gallery": 2048,
        "wishlist": 1024,
        "profile": 1024,
        "upload": 2048,
        PARSER: 512,
    }
    assert {one.name: one.reserved for one in FUNCTIONS if one.reserved is not None} == {"health": 5}
    assert all(one.provisioned <= one.reserved for one in FUNCTIONS if one.reserved is not None)


def test_the_migration_is_no_function_of_the_api() -> None:
    assert MIGRATE not in FUNCTIONS
    assert (MIGRATE.routes, MIGRATE.schedule, MIGRATE.reserved) == ((), None, 1)
    assert MIGRATE.deployed_name("staging") == "lego-api-migrate-staging"
