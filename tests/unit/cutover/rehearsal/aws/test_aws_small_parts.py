"""The request rate, the faults, the logs, XML text, the configuration."""

import json
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal.aws.__main__ import main
from cutover.rehearsal.aws.account import opened
from cutover.rehearsal.aws.config import BadConfig, load
from cutover.rehearsal.aws.faults import ActiveFaults, Faults
from cutover.rehearsal.aws.logs import AnswerCounts, Called, CallLog
from cutover.rehearsal.aws.throttle import TokenBucket
from cutover.rehearsal.aws.xmltext import document, parse

CONFIG: dict[str, Any] = {
    "moto_url": "http://127.0.0.1:1",
    "invoke_url": "http://127.0.0.1:2",
    "zone": {"id": "Z0", "name": "example.test."},
    "targets": {"alb.elb.amazonaws.com": ["127.0.1.1"]},
}


def written(folder: Path, config: object) -> Path:
    path = folder / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return path


def bucket_with(per_second: float, *times: float) -> TokenBucket:
    """A bucket that is made at the first of these times and asked at the others."""
    moments = iter(times)
    return TokenBucket(per_second, lambda: next(moments))


def test_the_bucket_grants_its_rate_and_no_more() -> None:
    bucket = bucket_with(5, 0, *(number / 100 for number in range(1000)))  # ten seconds, a hundred a second
    assert 50 <= sum(bucket.take() for _ in range(1000)) <= 55


def test_a_pause_fills_the_bucket_but_not_beyond_a_second() -> None:
    bucket = bucket_with(5, 0, *[100] * 6)
    assert [bucket.take() for _ in range(6)] == [True] * 5 + [False]


def test_a_slow_bucket_still_holds_one() -> None:
    assert bucket_with(0.1, 0, 0).take()


def test_the_bucket_goes_by_real_seconds() -> None:
    bucket = TokenBucket(0.001)
    assert [bucket.take(), bucket.take()] == [True, False]


def test_a_counted_fault_runs_out() -> None:
    faults = ActiveFaults()
    faults.replace(Faults(route53_throttle=2, route53_down=True))
    assert [faults.take("route53_throttle") for _ in range(3)] == [True, True, False]
    assert faults.now == Faults(route53_down=True)


def test_only_the_newest_calls_are_kept() -> None:
    log = CallLog()
    for number in range(5001):
        log.add(Called(number, "x", "ok", ""))
    assert [len(log.all()), log.all()[0].time] == [5000, 1]


def test_answers_are_counted_by_second_and_record() -> None:
    counts = AnswerCounts()
    for now, side in ((7.1, "ecs"), (7.9, "ecs"), (7.9, "lambda"), (8.0, "ecs")):
        counts.add(now, side)
    assert counts.rows() == [{"second": 7, "ecs": 2, "lambda": 1}, {"second": 8, "ecs": 1}]


def test_only_the_newest_seconds_are_kept() -> None:
    counts = AnswerCounts()
    for second in range(20_001):
        counts.add(second, "ecs")
    assert [len(counts.rows()), counts.rows()[0]["second"]] == [20_000, 1]


def test_text_survives_the_way_through_xml() -> None:
    text = "a < b & c > \"d\" 'e' ü"
    assert parse(document("Root", "urn:x", {"Value": text}).encode()) == ("Root", {"Value": text})


def test_a_configuration_has_defaults(tmp_path: Path) -> None:
    config = load(written(tmp_path, CONFIG))
    assert (config.host, config.port, config.insync_seconds, config.clock.factor) == ("127.0.0.1", 0, 30, 1)


WRONG = {
    "no JSON": ("{", "truncated"),
    "an unknown field": (CONFIG | {"prot": 1}, "prot"),
    "an unknown field of a record": (CONFIG | {"records": [{"Name": "a", "Type": "A", "Tll": 60}]}, "Tll"),
    "a missing field": ({name: value for name, value in CONFIG.items() if name != "zone"}, "zone"),
    "a wrong port": (CONFIG | {"port": 65_536}, "port"),
    "a clock that stands still": (CONFIG | {"clock": {"factor": 0}}, "factor"),
    "a target without an address": (CONFIG | {"targets": {"a.test": ["localhost"]}}, "localhost"),
    "a record that Route 53 refuses": (
        CONFIG | {"records": [{"Name": "a.other.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "::"}]}]},
        "not permitted in zone",
    ),
}


@pytest.mark.parametrize(("config", "says"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_configuration_is_refused_with_the_reason(tmp_path: Path, config: object, says: str) -> None:
    with pytest.raises(BadConfig, match=says):
        opened(load(written(tmp_path, config)))


def test_the_process_ends_with_2_and_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "missing.json")]) == 2
    assert "missing.json: No such file" in capsys.readouterr().err


def test_without_a_configuration_the_process_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "CONFIG.json" in capsys.readouterr().err
