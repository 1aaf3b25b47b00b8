"""The virus scanner's client against a clamd that behaves, and one that does anything else: never a pass by mistake."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from service.kernel.errors import MalwareDetected, Unavailable
from service.scanning.clamd import CHUNK_BYTES, Clamd, ClamdAddress, ClamdLimits
from service.scanning.none import NoScanner
from tests.fakes.clamd import EICAR, LOOPBACK, SIGNATURE, FakeClamd, fake_clamd
from tests.fakes.log_lines import LogLines, log_lines
from tests.fakes.waiting import until

SHORT = ClamdLimits(connect_seconds=5.0, scan_seconds=1.0)
FIVE_MB = bytes(range(256)) * (5 * 4096)


@pytest.fixture
def lines() -> Iterator[LogLines]:
    """What the service logs."""
    with log_lines() as collected:
        yield collected


@pytest.fixture
async def clamd() -> AsyncIterator[FakeClamd]:
    """The stand-in."""
    async with fake_clamd() as clamd:
        yield clamd


def scanner_of(clamd: FakeClamd, limits: ClamdLimits | None = None) -> Clamd:
    return Clamd(ClamdAddress(LOOPBACK, clamd.port), limits)


async def assert_no_verdict(scanner: Clamd, body: bytes, lines: LogLines, reason: str) -> None:
    """The scan is no pass and no hit, and one line says why."""
    with pytest.raises(Unavailable) as raised:
        await scanner.scan(body)
    assert raised.value.code == "SERVICE_UNAVAILABLE"
    assert [line["message"] for line in lines.all()] == ["scanner_unavailable"]
    assert reason in lines.all()[0]["reason"]
    assert reason not in raised.value.message


class TestAClearAnswer:
    """Clean, or not."""

    @pytest.mark.parametrize("body", [b"", b"x", FIVE_MB, bytes(CHUNK_BYTES), bytes(CHUNK_BYTES + 1)])
    async def test_clean_bytes_pass_once_clamd_has_had_all_of_them(
        self, clamd: FakeClamd, body: bytes, lines: LogLines
    ) -> None:
        await scanner_of(clamd).scan(body)
        assert clamd.scanned == [body]
        assert max(clamd.chunk_sizes, default=0) <= CHUNK_BYTES
        assert lines.all() == []

    @pytest.mark.parametrize("body", [EICAR, FIVE_MB + EICAR + FIVE_MB])
    async def test_a_virus_is_refused_and_the_log_names_it(
        self, clamd: FakeClamd, body: bytes, lines: LogLines
    ) -> None:
        with pytest.raises(MalwareDetected) as raised:
            await scanner_of(clamd).scan(body)
        assert raised.value.code == "MALWARE_DETECTED"
        assert SIGNATURE not in raised.value.message
        (line,) = lines.all()
        assert (line["message"], line["signature"], line["bytes"]) == ("malware_found", SIGNATURE, len(body))

    async def test_each_scan_is_judged_by_itself(self, clamd: FakeClamd) -> None:
        scanner = scanner_of(clamd)
        bodies = [EICAR if number % 3 == 0 else b"clean %d" % number for number in range(12)]
        told = await asyncio.gather(*(scanner.scan(body) for body in bodies), return_exceptions=True)
        assert [isinstance(one, MalwareDetected) for one in told] == [body == EICAR for body in bodies]
        assert [one for one in told if one is not None and not isinstance(one, MalwareDetected)] == []

    async def test_without_a_scanner_everything_passes(self) -> None:
        await NoScanner().scan(EICAR)


class TestNoClearAnswer:
    """Whatever clamd does instead of answering, the file is not let in."""

    async def test_nobody_listens(self, lines: LogLines) -> None:
        with socket.socket() as bound:  # bound, so that nobody else takes it, but not listening
            bound.bind((LOOPBACK, 0))
            scanner = Clamd(ClamdAddress(LOOPBACK, bound.getsockname()[1]))
            await assert_no_verdict(scanner, b"x", lines, "can't be reached")

    async def test_the_connection_is_never_accepted(self, lines: LogLines) -> None:
        with socket.socket() as full:
            full.bind((LOOPBACK, 0))
            full.listen(0)
            address = full.getsockname()
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)
            limits = ClamdLimits(connect_seconds=0.2, scan_seconds=30.0)
            await assert_no_verdict(
                Clamd(ClamdAddress(*address), limits), b"x", lines, "can't be reached: TimeoutError"
            )
            for one in waiting:
                one.close()

    @pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64, "a..b"])
    async def test_the_host_is_nobodys_name(self, host: str, lines: LogLines) -> None:
        await assert_no_verdict(Clamd(ClamdAddress(host, 3310)), b"x", lines, "can't be reached")

    async def test_it_takes_too_long(self, clamd: FakeClamd, lines: LogLines) -> None:
        clamd.go_on.clear()
        await assert_no_verdict(scanner_of(clamd, SHORT), b"x", lines, "no answer within 1 s")
        assert clamd.scanned == [b"x"]

    async def test_it_accepts_and_reads_nothing(self, clamd: FakeClamd, lines: LogLines) -> None:
        clamd.deaf = True
        await assert_no_verdict(scanner_of(clamd, SHORT), FIVE_MB * 4, lines, "no answer within 1 s")

    @pytest.mark.parametrize(
        "says",
        [
            b"stream: Can't allocate memory ERROR\0",
            b"COMMAND READ TIMED OUT ERROR\0",
            b"UNKNOWN COMMAND\0",
            b"stream: \0",
            b"\0",
            b"OK\0",
            b"stream: OK \0",
            b"stream: OK\n\0",
            b"stream: Win.Test FOUND maybe\0",
            b"HTTP/1.1 200 OK\r\n\r\n\0",
            b"\xff\xfe\x80\0",
        ],
    )
    async def test_it_says_anything_else(self, clamd: FakeClamd, says: bytes, lines: LogLines) -> None:
        clamd.says = says
        await assert_no_verdict(scanner_of(clamd), b"x", lines, "answered ")

    @pytest.mark.parametrize("says", [b"", b"stream: O", b"stream: OK", b"stream: Win.Test FOUND"])
    async def test_it_hangs_up_before_the_reply_is_whole(self, clamd: FakeClamd, says: bytes, lines: LogLines) -> None:
        clamd.says = says
        await assert_no_verdict(scanner_of(clamd), b"x", lines, "without a whole reply")

    async def test_it_talks_without_end(self, clamd: FakeClamd, lines: LogLines) -> None:
        clamd.says = b"stream: OK" * 10_000
        await assert_no_verdict(scanner_of(clamd), b"x", lines, "without a whole reply")

    async def test_it_hangs_up_in_the_middle_of_the_file(self, clamd: FakeClamd, lines: LogLines) -> None:
        clamd.hangs_up_after_bytes = CHUNK_BYTES
        await assert_no_verdict(scanner_of(clamd), FIVE_MB * 4, lines, "before it had the whole file")

    async def test_it_says_clean_without_having_read_the_file(self, clamd: FakeClamd, lines: LogLines) -> None:
        clamd.says, clamd.says_at_once, clamd.hangs_up_after_bytes = b"stream: OK\0", True, 4 * CHUNK_BYTES
        await assert_no_verdict(scanner_of(clamd), FIVE_MB * 4, lines, "said clean before it had the whole file")

    async def test_the_file_is_larger_than_it_takes(self, clamd: FakeClamd, lines: LogLines) -> None:
        clamd.stream_max_bytes = CHUNK_BYTES
        await assert_no_verdict(scanner_of(clamd), FIVE_MB, lines, "StreamMaxLength")


class TestManyAtOnce:
    """Uploads wait for their turn, within the time that a scan may take."""

    async def test_no_more_than_four_are_under_way(self, clamd: FakeClamd) -> None:
        clamd.go_on.clear()
        scanner = scanner_of(clamd)
        scans = [asyncio.create_task(scanner.scan(b"%d" % number)) for number in range(9)]
        await until(lambda: len(clamd.scanned) == 4)
        clamd.go_on.set()
        await asyncio.gather(*scans)
        assert clamd.most_under_way == 4
        assert sorted(clamd.scanned) == [b"%d" % number for number in range(9)]

    async def test_who_waits_too_long_for_a_turn_is_not_let_in(self, clamd: FakeClamd, lines: LogLines) -> None:
        clamd.go_on.clear()
        scanner = scanner_of(clamd, ClamdLimits(scan_seconds=0.5, at_once=1))
        told = await asyncio.gather(scanner.scan(b"a"), scanner.scan(b"b"), return_exceptions=True)
        assert [type(one) for one in told] == [Unavailable, Unavailable]
        assert [line["reason"] for line in lines.all()] == ["no answer within 0.5 s"] * 2

    async def test_a_scan_that_nobody_waits_for_any_more_gives_its_turn_back(self, clamd: FakeClamd) -> None:
        clamd.go_on.clear()
        scanner = scanner_of(clamd, ClamdLimits(at_once=1))
        left = asyncio.create_task(scanner.scan(b"a"))
        await until(lambda: clamd.scanned == [b"a"])
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        clamd.go_on.set()
        await scanner.scan(b"b")
        assert clamd.scanned == [b"a", b"b"]

    async def test_after_an_outage_scans_go_on(self, clamd: FakeClamd) -> None:
        clamd.says = b"stream: Database is loading ERROR\0"
        scanner = scanner_of(clamd)
        for _ in range(5):
            with pytest.raises(Unavailable):
                await scanner.scan(b"x")
        clamd.says = None
        await scanner.scan(b"x")
        with pytest.raises(MalwareDetected):
            await scanner.scan(EICAR)
