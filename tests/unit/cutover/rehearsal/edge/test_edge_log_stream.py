"""What an environment says: its output cut into lines, Lambda's own lines around it, the rehearsal's time."""

import asyncio
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.functions import log_lines, log_stream
from cutover.rehearsal.edge.functions.invocation import Ending, Outcome, exited, failed, timed_out
from cutover.rehearsal.edge.functions.log_lines import LogLines
from cutover.rehearsal.edge.functions.log_stream import Lines, Output
from cutover.rehearsal.edge.functions.system_log import Run, SystemLog

GROUP = "/aws/lambda/lego-api-mocs-rehearsal"
CLOCK = CompressedClock(60.0, time.time() - 1000)
WELL = Outcome(Ending.RETURNED, b"{}")


def messages(lines: LogLines) -> list[str]:
    return [message for shipped in lines.take() for _, message in shipped.lines]


def told(lines: LogLines) -> list[tuple[str, Any]]:
    """Kind and record of each of Lambda's lines."""
    return [(line["type"], line["record"]) for line in map(json.loads, messages(lines))]


def test_bytes_are_cut_into_lines_whenever_they_come() -> None:
    lines = Lines()
    assert lines.feed(b"one\ntw") == ["one"]
    assert lines.feed("o ü\n\n \nthree".encode()) == ["two ü"]
    assert lines.feed(b"\n") == ["three"]
    assert lines.feed(b"x" * (log_stream.MAX_LINE_BYTES + 1)) == ["x" * (log_stream.MAX_LINE_BYTES + 1)]
    assert lines.feed(b"\xff\n") == ["\ufffd"]


def test_lines_carry_the_rehearsals_time_and_are_handed_over_once() -> None:
    lines = LogLines(CLOCK)
    before = CLOCK.timestamp() * 1000
    lines.add(GROUP, "s", ["a", "b"])
    lines.add(GROUP, "t", ["c"])
    first, second = lines.take()
    assert [(first.stream, [text for _, text in first.lines]), second.stream] == [("s", ["a", "b"]), "t"]
    assert before - 1 <= first.lines[0][0] <= CLOCK.timestamp() * 1000
    assert lines.take() == []


def test_what_nobody_takes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "MAX_WAITING_LINES", 2)
    lines = LogLines(CLOCK)
    for text in "abcd":
        lines.add(GROUP, "s", [text])
    assert (messages(lines), lines.lost) == (["a", "b"], 2)


async def test_output_goes_to_the_file_and_to_a_stream_named_as_lambda_does(tmp_path: Path) -> None:
    lines, file = LogLines(CLOCK), tmp_path / "mocs.log"
    output = Output(GROUP, file, lines, memory_mb=512)
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", output.stream)
    process = os.dup(output.write_end)
    output.attach(asyncio.get_running_loop())
    output.starting(provisioned=False)
    output.began("r-1")
    os.write(process, b'{"message": "request"}\nhalf')
    trace = "Root=1-a-b;Parent=c;Sampled=1"
    output.ended(Run(request_id="r-1", ran_ms=1.2345, outcome=WELL, trace=trace, init_ms=700.5), os.getpid())
    os.write(process, b" a line\n")
    os.close(process)
    await asyncio.sleep(0.02)  # the loop reads it by itself
    output.ended(Run(request_id="r-2", ran_ms=2.0, outcome=WELL, trace="Root=1-a-b;Sampled=0"), os.getpid())
    output.close()
    init, start, said, report, rest, second = messages(lines)
    assert json.loads(init)["record"] == {"initializationType": "on-demand", "phase": "init"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", json.loads(start)["time"])
    assert json.loads(start)["record"] == {"requestId": "r-1", "version": "$LATEST"}
    assert (said, rest) == ('{"message": "request"}', "half a line")
    first = json.loads(report)["record"]
    assert first["metrics"].pop("maxMemoryUsedMB") > 0
    assert first == {
        "requestId": "r-1",
        "status": "success",
        "tracing": {"type": "X-Amzn-Trace-Id", "value": trace},
        "metrics": {"durationMs": 1.234, "billedDurationMs": 702, "memorySizeMB": 512, "initDurationMs": 700.5},
    }
    assert "initDurationMs" not in second
    assert "tracing" not in second
    assert file.read_text() == '{"message": "request"}\nhalf a line\n'


@pytest.mark.parametrize(
    ("outcome", "status", "kind"),
    [
        (timed_out("r", 29.0), "timeout", "Sandbox.Timedout"),
        (exited("r", -9), "error", "Runtime.ExitError"),
        (failed("ValueError", "no"), "error", "ValueError"),
        (Outcome(Ending.FAILED, b"not JSON"), "error", "Runtime.Unknown"),
        (Outcome(Ending.FAILED, b"[1]"), "error", "Runtime.Unknown"),
        (Outcome(Ending.FAILED, b'{"errorType": ""}'), "error", "Runtime.Unknown"),
    ],
)
def test_what_went_wrong_is_told_twice_and_why(outcome: Outcome, status: str, kind: str) -> None:
    lines = LogLines(CLOCK)
    SystemLog(GROUP, lines, 512).ended(Run(request_id="r", ran_ms=5.0, outcome=outcome), 80)
    (done, first), (report, second) = told(lines)
    assert (done, report) == ("platform.runtimeDone", "platform.report")
    assert {(one["requestId"], one["status"], one["errorType"]) for one in (first, second)} == {("r", status, kind)}
    assert first["metrics"] == {"durationMs": 5.0}
    assert second["metrics"]["maxMemoryUsedMB"] == 80


def test_a_start_that_fails_is_told_with_what_stood_before_it(tmp_path: Path) -> None:
    lines = LogLines(CLOCK)
    output = Output(GROUP, tmp_path / "log", lines, memory_mb=512)
    os.write(output.write_end, b"No module named x\n")
    output.start_failed(failed("Runtime.ImportModuleError", "no"), 12.5, provisioned=True)
    said, report = messages(lines)
    assert said == "No module named x"
    assert json.loads(report)["type"] == "platform.initReport"
    assert json.loads(report)["record"] == {
        "initializationType": "provisioned-concurrency",
        "phase": "init",
        "status": "error",
        "errorType": "Runtime.ImportModuleError",
        "metrics": {"durationMs": 12.5},
    }
    output.give_up()


def test_a_group_may_be_there_before_anything_is_said() -> None:
    lines = LogLines(CLOCK)
    lines.make_group(GROUP)
    (shipped,) = lines.take()
    assert (shipped.group, list(shipped.lines)) == (GROUP, [])


def test_an_output_that_nothing_was_started_for_leaves_no_descriptor(tmp_path: Path) -> None:
    output = Output(GROUP, tmp_path / "log", LogLines(CLOCK), memory_mb=512)
    output.give_up()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.write(output.write_end, b"x")


def test_the_memory_of_a_process_that_is_gone_is_nothing(tmp_path: Path) -> None:
    lines = LogLines(CLOCK)
    output = Output(GROUP, tmp_path / "log", lines, memory_mb=512)
    output.ended(Run(request_id="r-1", ran_ms=1.0, outcome=WELL), None)
    (_, report) = told(lines)[-1]
    assert report["metrics"]["maxMemoryUsedMB"] == 0
    output.give_up()
