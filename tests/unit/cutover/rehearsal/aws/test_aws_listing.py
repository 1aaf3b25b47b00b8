"""The order and the pages of ListResourceRecordSets."""

import pytest

from cutover.rehearsal.aws.route53.listing import page_of
from cutover.rehearsal.aws.route53.records import Key, RecordSet
from cutover.rehearsal.aws.wire import AwsError
from tests.unit.cutover.rehearsal.aws.factories import API, plain, weighted

GROUP = [weighted("lambda", 10), weighted("ecs", 90)]


def named(*names: str) -> list[RecordSet]:
    return [plain(name, "192.0.2.1") for name in names]


def keys(records: list[RecordSet], **query: str) -> list[Key]:
    return [record.key for record in page_of(records, query).records]


def test_names_sort_by_reversed_labels() -> None:
    records = named("b.example.test.", "x.a.example.test.", "example.test.", "a-b.example.test.", "a.example.test.")
    assert [key.name for key in keys(records)] == [
        "example.test.",
        "a-b.example.test.",  # "-" sorts before "."
        "a.example.test.",
        "x.a.example.test.",
        "b.example.test.",
    ]


def test_types_and_identifiers_sort_within_a_name() -> None:
    text = plain(API, '"x"', kind="TXT")
    assert keys([text, *GROUP]) == [Key(API, "A", "ecs"), Key(API, "A", "lambda"), Key(API, "TXT", None)]


def test_a_page_may_split_a_group_and_names_the_record_that_follows() -> None:
    page = page_of(GROUP, {"maxitems": "1"})
    assert [record.set_identifier for record in page.records] == ["ecs"]
    assert page.following == Key(API, "A", "lambda")
    assert page.max_items == 1


def test_a_page_that_is_just_full_has_none_after_it() -> None:
    page = page_of(GROUP, {"maxitems": "2"})
    assert (len(page.records), page.following) == (2, None)


def test_the_following_page_starts_with_the_named_record() -> None:
    page = page_of(GROUP, {"name": API, "type": "A", "identifier": "lambda"})
    assert [record.set_identifier for record in page.records] == ["lambda"]
    assert page.following is None


def test_a_start_name_is_at_or_after_and_any_spelling_of_it_will_do() -> None:
    records = named("a.example.test.", "c.example.test.")
    assert [key.name for key in keys(records, name="B.Example.Test")] == ["c.example.test."]
    assert [key.name for key in keys(records, name="C.example.test")] == ["c.example.test."]


def test_a_start_type_skips_the_types_before_it_at_that_name_only() -> None:
    records = [plain(API, '"x"', kind="TXT"), *GROUP, *named("b.example.test.")]
    assert [key.type for key in keys(records, name=API, type="MX")] == ["TXT", "A"]


def test_a_page_never_holds_more_than_300() -> None:
    page = page_of(named(*(f"n{number}.example.test." for number in range(301))), {"maxitems": "1000"})
    assert (len(page.records), page.max_items) == (300, 300)
    assert page.following is not None


@pytest.mark.parametrize(
    "query",
    [
        {"type": "A"},
        {"identifier": "ecs"},
        {"name": API, "identifier": "ecs"},
        {"maxitems": "0"},
        {"maxitems": "-1"},
        {"maxitems": "many"},
    ],
)
def test_a_senseless_query_is_invalid_input(query: dict[str, str]) -> None:
    with pytest.raises(AwsError, match="InvalidInput"):
        page_of(GROUP, query)
