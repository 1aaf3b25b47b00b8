"""Events as S3, EventBridge and the service itself send them: what the parser is asked to do."""

from typing import Any
from uuid import UUID

import pytest

from service.domains.parts_lists.events import MalformedEvent, ParseList, ParseObjects, SweepUp, work_of

BUCKET = "lego-files"
KEY = "mocs/alice/1/2.csv"


def record(key: Any, name: str = "ObjectCreated:Put", bucket: str = BUCKET) -> dict[str, Any]:
    """A record as S3 notifies of it."""
    s3 = {"s3SchemaVersion": "1.0", "bucket": {"name": bucket}, "object": {"key": key, "size": 5, "sequencer": "1"}}
    return {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": name, "s3": s3}


def bridged(key: Any, kind: str = "Object Created", bucket: str = BUCKET) -> dict[str, Any]:
    """An event as EventBridge hands it on."""
    detail = {"version": "0", "bucket": {"name": bucket}, "object": {"key": key, "size": 5}, "reason": "PutObject"}
    return {"version": "0", "source": "aws.s3", "detail-type": kind, "detail": detail}


def test_the_services_own_event_names_one_list() -> None:
    assert work_of({"partsListId": str(UUID(int=5))}, BUCKET) == ParseList(UUID(int=5))


def test_the_schedule_asks_for_what_is_left_over() -> None:
    assert work_of({"source": "aws.events", "detail-type": "Scheduled Event"}, BUCKET) == SweepUp()


@pytest.mark.parametrize(
    "name", ["ObjectCreated:Put", "ObjectCreated:Post", "ObjectCreated:CompleteMultipartUpload", "s3:ObjectCreated:Put"]
)
def test_a_notification_names_the_created_object(name: str) -> None:
    assert work_of({"Records": [record(KEY, name)]}, BUCKET) == ParseObjects((KEY,))


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("mocs/us+er/1/2.csv", "mocs/us er/1/2.csv"),
        ("mocs/us%2Ber/1/2.csv", "mocs/us+er/1/2.csv"),
        ("mocs/gr%C3%BCn/1/2.csv", "mocs/grün/1/2.csv"),
        ("mocs%2Falice%2F1%2F2.csv", KEY),
        ("mocs/100%25/1/2.csv", "mocs/100%/1/2.csv"),
    ],
)
def test_keys_in_notifications_are_url_encoded(encoded: str, key: str) -> None:
    assert work_of({"Records": [record(encoded)]}, BUCKET) == ParseObjects((key,))


@pytest.mark.parametrize("key", [KEY, "mocs/us+er/100%25/2.csv"])
def test_keys_from_eventbridge_are_as_they_are(key: str) -> None:
    assert work_of(bridged(key), BUCKET) == ParseObjects((key,))


def test_several_records_are_several_objects_each_of_them_once() -> None:
    records = [record("b"), record("a"), record("b"), record("c")]
    assert work_of({"Records": records}, BUCKET) == ParseObjects(("b", "a", "c"))


@pytest.mark.parametrize(
    "event",
    [
        {"Records": []},
        {"Records": [record(KEY, "ObjectRemoved:Delete"), record(KEY, "ObjectRestore:Completed")]},
        {"Records": [record(KEY, bucket="another")]},
        bridged(KEY, "Object Deleted"),
        bridged(KEY, bucket="another"),
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET},
    ],
)
def test_what_concerns_no_new_object_of_the_bucket_is_nothing_to_do(event: Any) -> None:
    assert work_of(event, BUCKET) == ParseObjects(())


@pytest.mark.parametrize(
    "event",
    [
        None,
        "text",
        [],
        5,
        {},
        {"partsListId": "x"},
        {"partsListId": None},
        {"Records": None},
        {"Records": [None]},
        {"Records": [{"eventSource": "aws:sqs", "body": "{}"}]},
        {"Records": [record(None)]},
        {"Records": [record("%ff")]},
        {"source": "aws.s3"},
        {"source": "aws.s3", "detail": None},
        bridged(5),
        {"Event": "s3:Other"},
    ],
)
def test_anything_else_is_refused(event: Any) -> None:
    with pytest.raises(MalformedEvent):
        work_of(event, BUCKET)
