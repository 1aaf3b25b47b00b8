"""What answers to bulk requests mean: for each row by its position, and for the whole."""

import json
from typing import Any

import pytest

from cutover.core.reindex.answers import Judged, bearable_dead, fault_of, judge
from cutover.core.reindex.models import ReindexStopped

CREATED = {"index": {"status": 201}}
STALE = {"index": {"status": 409, "error": {"type": "version_conflict_engine_exception", "reason": "newer"}}}
FLOOD = "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only]"


def failed(status: int, kind: str, reason: str = "why") -> dict[str, Any]:
    """An item that was not indexed."""
    return {"index": {"status": status, "error": {"type": kind, "reason": reason}}}


def bulk(*items: dict[str, Any], errors: bool = True) -> bytes:
    """An answer as OpenSearch writes it."""
    return json.dumps({"errors": errors, "items": items}, separators=(",", ":")).encode()


def whole(kind: str, reason: str = "why") -> bytes:
    """A refusal of a whole request."""
    return json.dumps({"error": {"type": kind, "reason": reason}, "status": 400}).encode()


@pytest.mark.parametrize(
    "body",
    [
        bulk(CREATED, CREATED, errors=False),
        b'{"errors":false}',
        b'{"took":3,"errors":false,"items":[{"index":{"status":200}},{"index":{"status":201}}]}',
        bulk(CREATED, {"delete": {"status": 404}}),
    ],
)
def test_rows_without_errors_are_indexed(body: bytes) -> None:
    assert judge(200, body, 2) == Judged(indexed=2)


def test_an_answer_about_fewer_rows_is_not_believed() -> None:
    judged = judge(200, bulk(CREATED, errors=False), 2)
    assert (judged.indexed, list(judged.again)) == (0, [0, 1])


def test_each_row_is_judged_by_its_position() -> None:
    body = bulk(
        CREATED,
        STALE,
        failed(429, "rejected_execution_exception", "full"),
        failed(400, "mapper_parsing_exception", "bad date"),
        failed(503, "unavailable_shards_exception"),
        CREATED,
    )
    assert judge(200, body, 6) == Judged(
        indexed=2,
        stale=1,
        again=(2, 4),
        dead=((3, "mapper_parsing_exception: bad date"),),
        reason="rejected_execution_exception: full",
    )


@pytest.mark.parametrize(
    "reason",
    [
        "failed to parse field [createdAt] of type [date]. Preview of field's value: 'ada@example.com\n'",
        'failed to parse field [createdAt] of type [date]: For input string: "ada@example.com"',
    ],
)
def test_a_reason_has_no_value_of_a_users_row(reason: str) -> None:
    ((at, why),) = judge(200, bulk(failed(400, "mapper_parsing_exception", reason)), 1).dead
    assert (at, why) == (0, "mapper_parsing_exception: failed to parse field [createdAt] of type [date]")


@pytest.mark.parametrize("status", [400, 429, 500])
def test_a_tripped_circuit_breaker_passes_whatever_its_status(status: int) -> None:
    assert judge(200, bulk(failed(status, "circuit_breaking_exception")), 1, patient=False).again == (0,)


def test_a_fault_over_one_row_is_that_rows_once_patience_is_out() -> None:
    body = bulk(failed(500, "illegal_state_exception", "odd"))
    assert judge(200, body, 1).again == (0,)
    assert judge(200, body, 1, patient=False).dead == ((0, "illegal_state_exception: odd"),)


def test_an_error_without_words_is_told_by_its_status() -> None:
    assert judge(200, bulk({"index": {"status": 422}}), 1).dead == ((0, "status 422"),)
    assert judge(200, bulk({"index": {"status": 422, "error": {}}}), 1).dead == ((0, "422: "),)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>OK</html>",
        b"",
        b"[1,2]",
        b'{"items":[{},{}]}',
        b'{"errors":true}',
        b'{"errors":true,"items":[{"index":7},{"index":7}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_answer_means_sending_all_again(body: bytes) -> None:
    judged = judge(200, body, 2)
    assert (judged.indexed, judged.dead, list(judged.again), judged.split) == (0, (), [0, 1], False)
    assert judged.reason.startswith("200 with what is no answer")


def test_a_status_that_is_none_is_no_success() -> None:
    assert judge(200, bulk({"index": {}}), 1).again == (0,)


@pytest.mark.parametrize(
    ("item", "words", "way_on"),
    [
        (failed(429, "cluster_block_exception", FLOOD), "disks are full", "free space"),
        (failed(403, "cluster_block_exception", "blocked by: [FORBIDDEN/8/index write (api)]"), "no writes", "to null"),
        (failed(403, "cluster_block_exception", "[FORBIDDEN/5/index read-only (api)]"), "no writes", "to null"),
        (failed(404, "index_not_found_exception", "no such index [x]"), "not there any more", "begin anew"),
        (failed(403, "security_exception", "no permissions"), "security_exception", "role may write"),
    ],
)
def test_what_holds_for_every_row_stops(item: dict[str, Any], words: str, way_on: str) -> None:
    with pytest.raises(ReindexStopped, match=words) as stopped:
        judge(200, bulk(CREATED, item), 2)
    assert way_on in stopped.value.way_on


def test_a_block_while_the_cluster_finds_itself_passes() -> None:
    body = bulk(failed(503, "cluster_block_exception", "[SERVICE_UNAVAILABLE/2/no cluster-manager]"))
    assert judge(200, body, 1).again == (0,)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_cluster_gets_all_rows_again(status: int) -> None:
    judged = judge(status, whole("rejected_execution_exception"), 3)
    assert list(judged.again) == [0, 1, 2]
    assert judged.reason == f"{status} rejected_execution_exception: why"


def test_a_request_that_is_too_large_is_split() -> None:
    judged = judge(413, b'{"Message":"Request size exceeded 10485760 bytes"}', 3)
    assert judged == Judged(split=True, too_large=True, reason="413 error: Request size exceeded 10485760 bytes")


def test_a_request_that_can_not_be_read_is_split_without_blame_on_its_size() -> None:
    judged = judge(400, whole("illegal_argument_exception", "Malformed"), 3)
    assert (judged.split, judged.too_large) == (True, False)


def test_a_circuit_breaker_over_a_whole_request_passes() -> None:
    assert list(judge(400, whole("circuit_breaking_exception"), 2).again) == [0, 1]


@pytest.mark.parametrize("status", [301, 401, 403, 405])
def test_whoever_may_not_write_is_stopped(status: int) -> None:
    with pytest.raises(ReindexStopped, match=f"refuses bulk requests: {status} security_exception: no"):
        judge(status, whole("security_exception", "no"), 3)


def test_an_index_that_is_gone_stops() -> None:
    with pytest.raises(ReindexStopped, match="not there any more"):
        judge(404, whole("index_not_found_exception", "no such index"), 3)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b'{"error":{"type":"t","reason":"r"}}', ("t", "r")),
        (b'{"error":{"type":"t","reason":null}}', ("t", "")),
        (b'{"error":{}}', ("error", "")),
        (b'{"error":"no handler"}', ("error", "no handler")),
        (b'{"Message":"User: x is not authorized"}', ("error", "User: x is not authorized")),
        (b'{"message":"Forbidden"}', ("error", "Forbidden")),
        (b"{}", ("error", "{}")),
        (b"<html>Bad gateway", ("answer", "'<html>Bad gateway'")),
        (b"", ("answer", "empty")),
    ],
)
def test_errors_are_read_whoever_wrote_them(body: bytes, fault: tuple[str, str]) -> None:
    assert fault_of(body) == fault


@pytest.mark.parametrize(("rows", "dead"), [(0, 20), (1000, 20), (2_000_000, 2000)])
def test_a_few_dead_rows_are_borne_or_a_small_part(rows: int, dead: int) -> None:
    assert bearable_dead(rows, 0.001) == dead
