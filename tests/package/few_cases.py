"""A pytest plugin (`-p tests.package.few_cases`): of every test with many cases only the first few are run."""

from collections import Counter

import pytest

CASES = 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out every case behind the first of each test."""
    seen: Counter[str] = Counter()
    kept, left_out = [], []
    for item in items:
        test = item.nodeid.partition("[")[0]
        seen[test] += 1
        (kept if seen[test] <= CASES else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept
