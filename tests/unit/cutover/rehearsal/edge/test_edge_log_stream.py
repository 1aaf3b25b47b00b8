"""What an environment says: its output cut into lines, Lambda's own lines around it, the rehearsal's time."""

import asyncio
import os
import re
import time
from pathlib import Path

import pytest

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.functions import log_stream
from cutover.rehearsal.edge.functions.log_stream import Lines, LogLines, Output

GROUP = "/aws/lambda/lego-api-mocs-rehearsal"
CLOCK = CompressedClock(60.0, time.time() - 1000)


def messages(lines: LogLines) -> list[str]:
    return [message for shipped in lines.take() for _, message in shipped.lines]


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
    monkeypatch.setattr(log_stream, "MAX_WAITING_LINES", 2)
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
    output.began("r-1")
    os.write(process, b'{"message": "request"}\nhalf')
    output.ended("r-1", 1.234, os.getpid(), 700.5, "Root=1-a-b;Parent=c;Sampled=1")
    os.write(process, b" a line\n")
    os.close(process)
    await asyncio.sleep(0.02)  # the loop reads it by itself
    output.ended("r-2", 2.0, os.getpid(), None, "Root=1-a-b;Sampled=0")
    output.timed_out("r-3", 29.0)
    output.close()
    start, said, end, report, rest, second_end, second, slow = messages(lines)
    assert (start, said, end) == (
        "START RequestId: r-1 Version: $LATEST\n",
        '{"message": "request"}',
        "END RequestId: r-1\n",
    )
    assert re.fullmatch(
        r"REPORT RequestId: r-1\tDuration: 1\.23 ms\tBilled Duration: 702 ms\tMemory Size: 512 MB"
        r"\tMax Memory Used: [1-9]\d* MB\tInit Duration: 700\.50 ms\t\nXRAY TraceId: 1-a-b\tSampled: true\t",
        report,
    )
    assert (rest, second_end) == ("half a line", "END RequestId: r-2\n")
    assert "Init Duration" not in second
    assert "XRAY" not in second
    assert slow.endswith("Z r-3 Task timed out after 29.00 seconds\n")
    assert file.read_text() == '{"message": "request"}\nhalf a line\n'


def test_an_output_that_nothing_was_started_for_leaves_no_descriptor(tmp_path: Path) -> None:
    output = Output(GROUP, tmp_path / "log", LogLines(CLOCK), memory_mb=512)
    output.give_up()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.write(output.write_end, b"x")


def test_the_memory_of_a_process_that_is_gone_is_nothing(tmp_path: Path) -> None:
    lines = LogLines(CLOCK)
    output = Output(GROUP, tmp_path / "log", lines, memory_mb=512)
    output.ended("r-1", 1.0, None, None, "")
    assert "Max Memory Used: 0 MB" in messages(lines)[-1]
    output.give_up()
