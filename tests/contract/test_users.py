"""Profiles: whose they are, what stands in them, the avatar."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import pytest

from tests.contract import pictures
from tests.contract.client import NOBODYS, PDF, Side, failed, one
from tests.contract.direct import PNG, Sent, in_store, key_of, stored

ME = "/api/users/me"
AVATAR = f"{ME}/avatar"
STATS = {"totalMOCs", "totalImages", "totalWishlistItems"}


def sent(side: Side, file: Sent = PNG, user: str = "eve") -> httpx.Response:
    return side.send(AVATAR, {"avatar": file.part()}, user=user)


def every_route(side: Side, path: str, user: str | None) -> Iterator[httpx.Response]:
    """The answers of all routes of a profile."""
    yield side.get(path, user)
    yield side.patch(path, {"name": "Mallory"}, user)
    yield side.send(f"{path}/avatar", {"avatar": PNG.part()}, user=user)
    yield side.delete(f"{path}/avatar", user)
    yield side.post(f"{path}/avatar/presign", PNG.announced(), user)
    yield side.post(f"{path}/avatar/complete", {"uploadId": NOBODYS}, user)


@pytest.mark.contract("users.shape", "json.camel", "optional.left-out")
def test_a_profile(side: Side) -> None:
    profile = one(side.get(ME))
    assert {"sub", "email", "stats"} <= set(profile) <= {"sub", "email", "name", "picture", "stats"}
    assert set(profile["stats"]) == STATS
    assert all(type(count) is int and count >= 0 for count in profile["stats"].values())
    assert "@" in profile["email"]


@pytest.mark.contract("users.own")
def test_me_is_ones_own_id(side: Side) -> None:
    mine = one(side.get(ME))
    assert one(side.get(f"/api/users/{mine['sub']}")) == mine
    assert one(side.get(ME, "eve"))["sub"] != mine["sub"]
    assert one(side.patch(f"/api/users/{mine['sub']}", {})) == mine


@pytest.mark.contract("users.own", "auth.statuses", "auth.every-request")
@pytest.mark.parametrize("user", ["eve", "admin"])
def test_any_other_id_is_403_and_nobody_learns_which_exist(side: Side, user: str) -> None:
    before = one(side.get(ME))
    known, *unknown = (
        [failed(answer, "FORBIDDEN")["message"] for answer in every_route(side, f"/api/users/{sub}", user)]
        for sub in (before["sub"], "nobody", NOBODYS, "not%20an%20id")
    )
    assert unknown == [known] * 3
    assert one(side.get(ME)) == before


@pytest.mark.contract("users.own", "public", "auth.statuses")
def test_nobody_is_401(side: Side) -> None:
    for answer in every_route(side, ME, None):
        failed(answer, "UNAUTHORIZED")


@pytest.mark.contract("users.own")
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", ME), ("DELETE", ME), ("POST", ME), ("GET", AVATAR), ("PUT", AVATAR)]
)
def test_there_are_no_other_methods(side: Side, method: str, path: str) -> None:
    failed(side.call(method, path, json={}), "METHOD_NOT_ALLOWED")


@pytest.mark.contract("users.shape", "write.seen")
def test_the_counts_are_right_at_once_on_every_side(others: Sequence[Side]) -> None:
    def counted() -> list[dict[str, int]]:
        return [one(side.get(ME))["stats"] for side in others]

    first = others[0]
    before = counted()[0]
    for kind, field, path in (
        ("moc", "totalMOCs", "mocs"),
        ("image", "totalImages", "images"),
        ("wish", "totalWishlistItems", "wishlist"),
    ):
        thing = getattr(first, kind)()
        assert counted() == [{**before, field: before[field] + 1}] * len(others)
        assert others[-1].delete(f"/api/{path}/{thing['id']}").status_code == 200
        assert counted() == [before] * len(others)


@pytest.mark.contract("users.patch", "write.seen")
@pytest.mark.usefixtures("eve")
def test_a_new_name_is_seen_on_every_side(others: Sequence[Side]) -> None:
    for number, name in enumerate(("E", "Eve Müller-李 😀", "x" * 100)):
        changed = one(others[number % len(others)].patch(ME, {"name": f"  {name} "}, "eve"))
        assert changed["name"] == name
        assert [one(side.get(ME, "eve")) for side in others] == [changed] * len(others)


@pytest.mark.contract("users.patch", "text.controls")
@pytest.mark.parametrize(
    "name", ['""', '"  "', f'"{"x" * 101}"', "5", "null", "[]", '"a\\nb"', '"a\\u0000b"', '"a\\ud800b"', '"a\\u001bb"']
)
def test_what_is_no_name(side: Side, eve: Mapping[str, Any], name: str) -> None:
    body = f'{{"name":{name}}}'.encode()
    answer = side.call("PATCH", ME, "eve", content=body, headers={"Content-Type": "application/json"})
    details = failed(answer, "VALIDATION_ERROR").get("details", [])
    assert "ud800" in name or [detail["field"] for detail in details] == ["name"]
    assert one(side.get(ME, "eve")) == eve


@pytest.mark.contract("users.patch", "patch.empty", "body.unknown-keys")
def test_nothing_but_the_name_can_be_changed(side: Side, eve: Mapping[str, Any]) -> None:
    extras = {"email": "x@example.com", "sub": "alice", "picture": "https://x", "stats": {"totalMOCs": 9}, "role": "a"}
    assert one(side.patch(ME, {}, "eve")) == eve
    assert one(side.patch(ME, extras, "eve")) == eve
    assert one(side.get(ME, "eve")) == eve


@pytest.mark.contract("users.patch", "failure.everywhere", "body.type", "body.size")
def test_what_is_no_patch(side: Side) -> None:
    for body in (b"{", b"", b"[]", b"\xff"):
        answer = side.call("PATCH", ME, "eve", content=body, headers={"Content-Type": "application/json"})
        failed(answer, "VALIDATION_ERROR")
    failed(side.call("PATCH", ME, "eve", content=b'{"name":"x"}'), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.patch(ME, {"extra": "x" * 1024 * 1024}, "eve"), "PAYLOAD_TOO_LARGE")


@pytest.mark.contract("users.avatar", "image.keys", "write.seen")
@pytest.mark.usefixtures("eve")
@pytest.mark.parametrize(
    "file",
    [
        Sent("a.png", pictures.png(640, 300), "image/png"),
        Sent("a.JPG", pictures.jpeg(300, 640), "image/jpeg"),
        Sent("a.webp", pictures.webp(40, 40), "image/webp"),
    ],
    ids=lambda file: file.name,
)
def test_an_avatar_is_a_square(others: Sequence[Side], file: Sent) -> None:
    side = others[0]
    picture = one(sent(side, file))["picture"]
    profiles = [one(other.get(ME, "eve")) for other in others]
    assert [profile["picture"] for profile in profiles] == [picture] * len(others)
    assert key_of(picture) == f"avatars/{profiles[0]['sub']}/avatar.webp"
    body = stored(side, picture)
    assert (body[:4], body[8:12]) == (b"RIFF", b"WEBP")
    square = pictures.opened(body)
    assert (square.width, square.height) == (256, 256)
    assert square.getpoint(5, 128)[0] > 150 > square.getpoint(250, 128)[0]


@pytest.mark.contract("users.picture-version", "write.seen")
@pytest.mark.usefixtures("eve")
def test_a_new_avatar_has_another_address_at_the_same_key(others: Sequence[Side]) -> None:
    first = one(sent(others[0], PNG))["picture"]
    second = one(sent(others[-1], Sent("a.png", pictures.png(80, 40), "image/png")))["picture"]
    assert first != second
    assert first.partition("?")[0] == second.partition("?")[0]
    assert re.search(r"\?\w+=\w+", second)
    assert [one(side.get(ME, "eve"))["picture"] for side in others] == [second] * len(others)


@pytest.mark.contract("users.avatar.delete", "success.delete", "write.seen")
def test_an_avatar_goes_and_one_that_is_not_there_goes_too(others: Sequence[Side], eve: Mapping[str, Any]) -> None:
    side = others[0]
    picture = one(sent(side))["picture"]
    for _ in range(2):
        answer = side.delete(AVATAR, "eve")
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": eve["sub"]}})
        assert not any("picture" in one(other.get(ME, "eve")) for other in others)
    assert in_store(side, key_of(picture)) != 200


WRONG = {
    "a pdf": (Sent("a.png", PDF, "image/png"), "UNSUPPORTED_MEDIA_TYPE"),
    "a gif": (Sent("a.gif", b"GIF89a" + b"\0" * 50, "image/gif"), "UNSUPPORTED_MEDIA_TYPE"),
    "an svg": (Sent("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), "UNSUPPORTED_MEDIA_TYPE"),
    "another extension": (Sent("a.png", pictures.jpeg(), "image/png"), "UNSUPPORTED_MEDIA_TYPE"),
    "another type": (Sent("a.png", pictures.png(), "image/jpeg"), "UNSUPPORTED_MEDIA_TYPE"),
    "no extension": (Sent("png", pictures.png(), "image/png"), "UNSUPPORTED_MEDIA_TYPE"),
    "half of it": (Sent("a.png", pictures.png()[:90], "image/png"), "VALIDATION_ERROR"),
    "nothing": (Sent("a.png", b"", "image/png"), "VALIDATION_ERROR"),
}


@pytest.mark.contract("users.avatar", "type.by-bytes")
@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_avatar(side: Side, eve: Mapping[str, Any], kind: str) -> None:
    file, code = WRONG[kind]
    failed(sent(side, file), code)
    assert one(side.get(ME, "eve")) == eve


@pytest.mark.contract("users.avatar")
def test_the_form_holds_one_avatar_in_its_field(side: Side, eve: Mapping[str, Any]) -> None:
    failed(side.send(AVATAR, {"image": PNG.part()}, user="eve"), "VALIDATION_ERROR", "avatar")
    twice = [("avatar", PNG.part()), ("avatar", PNG.part())]
    failed(side.send(AVATAR, twice, user="eve"), "VALIDATION_ERROR", "avatar")
    failed(side.post(AVATAR, {"avatar": "x"}, "eve"), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.call("POST", AVATAR, "eve", content=PNG.body), "UNSUPPORTED_MEDIA_TYPE")
    assert one(side.get(ME, "eve")) == eve
