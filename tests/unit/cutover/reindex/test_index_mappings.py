"""Whether an index has the mapping that it should have."""

from typing import Any

import pytest

from cutover.core.reindex.mappings import mapping_differences
from service.search.indices import MAPPINGS


@pytest.mark.parametrize("alias", MAPPINGS)
def test_a_mapping_is_equal_to_itself_whatever_its_meta_says_besides_the_schema(alias: str) -> None:
    wanted = MAPPINGS[alias]

    assert mapping_differences(wanted, {**wanted, "_meta": {**wanted["_meta"], "reindex": {"run": "r"}}}) == []


def test_what_a_cluster_writes_out_or_leaves_out_is_no_difference() -> None:
    wanted = {"dynamic": False, "properties": {"a": {"type": "text", "analyzer": "standard"}, "o": {"properties": {}}}}
    found = {"dynamic": "false", "properties": {"a": {"type": "text"}, "o": {"type": "object", "doc_values": True}}}

    assert mapping_differences(wanted, found) == []


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"dynamic": "true"}, "dynamic: true, not strict"),
        ({"_meta": {}}, "_meta.schema: , not s/1"),
        ({"_source": {"enabled": False}}, "_source: enabled=false, not nothing"),
        ({"properties": {}}, "title: nothing, not analyzer english, type text"),
        (
            {"properties": {"title": {"type": "text", "analyzer": "english", "fields": {"raw": {"type": "keyword"}}}}},
            "title.raw: type keyword, not nothing",
        ),
        (
            {"properties": {"title": {"type": "keyword", "index": False}}},
            "title: index false, type keyword, not analyzer english, type text",
        ),
    ],
)
def test_every_difference_is_named(found: dict[str, Any], told: str) -> None:
    wanted = {
        "dynamic": "strict",
        "_meta": {"schema": "s/1"},
        "properties": {"title": {"type": "text", "analyzer": "english"}},
    }

    assert mapping_differences(wanted, {**wanted, **found}) == [told]
