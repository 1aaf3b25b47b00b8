"""A pytest plugin (`-p tests.package.few_cases`): of a test with many cases one is run, of some tests all."""

from collections import Counter

import pytest

# Whose cases are routes that no other test has a success of.
WHOLE = (
    "test_moc_links.py::test_what_is_linked_is_listed_and_no_longer_when_it_is_unlinked",
    "test_mocs.py::test_fields_change_and_null_clears",
    "test_uploads.py::test_both_ways_answer_alike",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the other cases."""
    seen: Counter[str] = Counter()
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        test = item.nodeid.partition("[")[0]
        seen[test] += 1
        (kept if seen[test] == 1 or test.endswith(WHOLE) else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept
