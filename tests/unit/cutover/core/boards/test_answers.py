"""Answers that are kept can be drawn again."""

import json

import pytest

from cutover.core.boards.answers import AlarmState, Answer, Answers, BadAnswers, Drawn, Rows, plain, read

WHOLE = Answers(
    0.0,
    10_800.0,
    {
        "a": Answer(series=(Drawn("q1", "p95", ((60.0, 1.5), (120.0, 0.0)), "late"),)),
        "b": Answer(alarms=(AlarmState("veto", "OK", "fine", 12.0), AlarmState("x", "ALARM"))),
        "c": Answer(rows=Rows(("@message",), (("x",),)), trouble="half of it"),
        "d": Answer(),
    },
)


def test_what_is_kept_is_read_again() -> None:
    assert read(json.dumps(plain(WHOLE))) == WHOLE


def test_values_are_kept_with_seven_digits() -> None:
    told = Answers(0, 1, {"a": Answer(series=(Drawn("q1", "x", ((0.0, 1 / 3),)),))})

    assert read(json.dumps(plain(told))).by_key["a"].series[0].points == ((0.0, 0.3333333),)


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", '{"schema": "other/1"}', '{"schema": "cutover.boards/1"}',
        '{"schema": "cutover.boards/1", "since": 0, "until": 1, "answers": {"a": {"series": [{"id": 1}]}}}',
        '{"schema": "cutover.boards/1", "since": 0, "until": 1, "answers": {"a": {"alarms": [{"x": 1}]}}}',
    ],
    ids=["half", "list", "schema", "empty", "series", "alarms"],
)  # fmt: skip
def test_what_is_no_recording_is_told(text: str) -> None:
    with pytest.raises(BadAnswers):
        read(text)
