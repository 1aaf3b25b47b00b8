"""What needs nobody to be signed in."""

import pytest

from tests.contract.client import TIME, Side


@pytest.mark.contract("public", "health.shape")
def test_health(side: Side) -> None:
    answer = side.get("/health", None)
    found = answer.json()
    assert answer.status_code == 200
    assert set(found) == {"status", "service", "components", "timestamp"}
    assert (found["status"], found["service"]) == ("healthy", "lego-projects-api")
    assert found["components"] == {"database": "healthy", "redis": "healthy", "opensearch": "healthy"}
    assert TIME.fullmatch(found["timestamp"])


@pytest.mark.contract("health.unlimited")
def test_health_is_not_limited(side: Side) -> None:
    assert {side.get("/health", None).status_code for _ in range(150)} == {200}


@pytest.mark.contract("public")
def test_the_greeting(side: Side) -> None:
    answer = side.get("/", None)
    assert (answer.status_code, answer.text) == (200, "Lego Projects API is running")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.contract("public", "csrf.route")
def test_csrf(side: Side) -> None:
    assert side.get("/api/csrf", None).json()["success"] is True
