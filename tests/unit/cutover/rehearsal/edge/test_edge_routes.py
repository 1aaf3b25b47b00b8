"""Which route takes a request."""

import pytest

from cutover.rehearsal.edge.gateway.routes import BadRoute, Match, RouteTable

PETS = RouteTable(
    [
        ("$default", "fallback"),
        ("ANY /pets/{proxy+}", "any_pet"),
        ("GET /pets/{proxy+}", "get_pet"),
        ("GET /pets/dog/{id}", "dog_by_id"),
        ("GET /pets/dog/1", "dog_one"),
        ("ANY /pets/dog/1", "any_dog_one"),
        ("GET /pets/{kind}/names", "names"),
        ("GET /pets", "pets"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("GET", "/pets/dog/1", "dog_one", {}),
        ("PUT", "/pets/dog/1", "any_dog_one", {}),
        ("GET", "/pets/dog/2", "dog_by_id", {"id": "2"}),
        ("GET", "/pets/dog/names", "dog_by_id", {"id": "names"}),
        ("GET", "/pets/cat/names", "names", {"kind": "cat"}),
        ("GET", "/pets/cat/1/more", "get_pet", {"proxy": "cat/1/more"}),
        ("POST", "/pets/cat", "any_pet", {"proxy": "cat"}),
        ("GET", "/pets", "pets", {}),
        ("POST", "/pets", "fallback", {}),
        ("GET", "/", "fallback", {}),
        ("OPTIONS", "*", "fallback", {}),
        ("GET", "/pets/", "fallback", {}),
        ("GET", "/pets/dog/", "get_pet", {"proxy": "dog/"}),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, function: str, parameters: dict[str, str]) -> None:
    match = PETS.match(method, path)
    assert match is not None
    assert (match.function_name, match.path_parameters) == (function, parameters)


def test_a_longer_fixed_prefix_beats_a_shorter_greedy_one() -> None:
    table = RouteTable([("ANY /{proxy+}", "all"), ("ANY /api/{proxy+}", "api"), ("ANY /api/mocs/{proxy+}", "mocs")])
    found = [table.match("GET", path) for path in ("/api/mocs/1", "/api/x", "/x")]
    assert [match and match.function_name for match in found] == ["mocs", "api", "all"]


def test_without_a_default_nothing_takes_an_unknown_path() -> None:
    table = RouteTable([("GET /api/mocs", "mocs")])
    assert table.match("GET", "/api/mocs") == Match("GET /api/mocs", "mocs", {})
    assert [table.match("GET", path) for path in ("/api", "/api/mocs/1", "/API/mocs")] == [None, None, None]
    assert table.match("POST", "/api/mocs") is None


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        (["GET"], "'GET' is not of the form"),
        (["FETCH /x"], "'FETCH /x' is not of the form"),
        (["GET x"], "'GET x' is not of the form"),
        (["GET /{proxy+}/x"], "must end the path"),
        (["GET /x", "GET /x"], "given twice: GET /x"),
    ],
)
def test_a_bad_route_is_named(keys: list[str], complaint: str) -> None:
    with pytest.raises(BadRoute, match=complaint):
        RouteTable([(key, "f") for key in keys])
