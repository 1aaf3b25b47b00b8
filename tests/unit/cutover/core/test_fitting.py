"""Evidence is cut to what a ledger line can hold, and says so."""

import json

from cutover.core.fitting import LIMIT_BYTES, fitted


def test_evidence_of_a_usual_size_stays_as_it_is() -> None:
    evidence = {"records": ["a"] * 100, "findings": ["b"]}

    assert fitted(evidence) is evidence


def test_the_largest_goes_first_and_is_named() -> None:
    evidence = {"rollback": True, "records": ["r" * 100_000], "findings": ["f" * 300_000], "undo": "u" * 2000}

    left = fitted(evidence)

    assert left == {
        "rollback": True,
        "records": ["r" * 100_000],
        "undo": "u" * 2000,
        "cut": ["findings: 300004 bytes were too many for a ledger line"],
    }


def test_records_go_last_and_flags_never() -> None:
    evidence = {"rollback": True, "records": ["r" * 300_000], "findings": ["f" * 5000]}

    left = fitted(evidence)

    assert set(left) == {"rollback", "cut"}
    assert len(json.dumps(left)) < LIMIT_BYTES
