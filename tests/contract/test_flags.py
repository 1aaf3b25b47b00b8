"""Flags on images."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.client import NOBODYS, TIME, Side, deleted, failed, is_uuid, one
from tests.contract.gallery import image_path, on_each

FLAG = "/api/flag"


@pytest.mark.contract("flag", "success.old-keys", "time.wire")
@pytest.mark.parametrize("reason", [{}, {"reason": None}, {"reason": "Not bricks\nat all"}], ids=str)
def test_any_image_can_be_flagged_also_somebody_elses(side: Side, reason: dict[str, Any]) -> None:
    image = side.image()
    for user in ("alice", "eve", "admin"):
        answer = side.post(FLAG, {"imageId": image["id"], **reason}, user)
        flag = one(answer, 201)
        assert answer.json()["flag"] == flag
        assert set(flag) - {"reason"} == {"id", "imageId", "userId", "createdAt", "lastUpdatedAt"}
        assert is_uuid(flag["id"])
        assert TIME.fullmatch(flag["createdAt"])
        assert (flag["imageId"], flag.get("reason")) == (image["id"], reason.get("reason"))
        assert flag["userId"] == one(side.get("/api/users/me", user))["sub"]
    assert one(side.get(image_path(image))) == image


@pytest.mark.contract("flag", "write.seen", "images.delete")
def test_each_user_flags_an_image_once(others: Sequence[Side]) -> None:
    side, image, another = others[0], others[0].image(), others[0].image()
    one(side.post(FLAG, {"imageId": image["id"]}, "eve"), 201)
    for seen in others:
        failed(seen.post(FLAG, {"imageId": image["id"], "reason": "again"}, "eve"), "CONFLICT")
    one(side.post(FLAG, {"imageId": another["id"]}, "eve"), 201)
    assert list(on_each(others, image_path(image))) == [image] * len(others)
    deleted(side.delete(image_path(image)), image["id"])
    failed(side.post(FLAG, {"imageId": image["id"]}, "eve"), "NOT_FOUND")


@pytest.mark.contract("flag")
def test_a_race_of_flags_has_one_winner(side: Side) -> None:
    body = {"imageId": side.image()["id"]}
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: side.post(FLAG, body, "eve"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


@pytest.mark.contract("flag", "id.uuid", "failure.details")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "imageId"),
        ({"imageId": None}, "imageId"),
        ({"imageId": ""}, "imageId"),
        ({"imageId": "7"}, "imageId"),
        ({"imageId": 7}, "imageId"),
        ({"imageId": NOBODYS, "reason": 5}, "reason"),
        ({"imageId": NOBODYS, "reason": "a\u0000b"}, "reason"),
        ({"imageId": NOBODYS, "reason": "x" * 2001}, "reason"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_no_flag(side: Side, body: dict[str, Any], field: str) -> None:
    failed(side.post(FLAG, body), "VALIDATION_ERROR", field)


@pytest.mark.contract("flag", "auth.statuses", "failure.codes", "body.size", "body.type")
def test_refused_before_anything_is_flagged(side: Side) -> None:
    image = side.image()
    failed(side.post(FLAG, {"imageId": NOBODYS}), "NOT_FOUND")
    failed(side.post(FLAG, {"imageId": image["id"]}, None), "UNAUTHORIZED")
    failed(side.post(FLAG, {"imageId": image["id"], "extra": "x" * 1024 * 1024}), "PAYLOAD_TOO_LARGE")
    failed(side.send(FLAG, {"x": (None, "y")}, {"imageId": image["id"]}), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.get(FLAG), "METHOD_NOT_ALLOWED")
    one(side.post(FLAG, {"imageId": image["id"], "nonsense": 1}), 201)
