"""The virus scanner's client against a real clamd: what its protocol's stand-in assumes is so."""

import asyncio
import io
import zipfile

import pytest

from service.kernel.errors import MalwareDetected, Unavailable
from service.scanning.clamd import Clamd, ClamdAddress
from tests.fakes.clamd import EICAR, LOOPBACK
from tests.fakes.log_lines import log_lines
from tests.integration.clamd import SIGNATURE, STREAM_MAX_MB, clamd_port

__all__ = ["clamd_port"]

MB = 1024 * 1024


@pytest.fixture
def scanner(clamd_port: int) -> Clamd:
    """The client of the real clamd."""
    return Clamd(ClamdAddress(LOOPBACK, clamd_port))


@pytest.mark.parametrize("body", [b"", b"part,quantity\n3001,4\n", bytes(range(256)) * (5 * MB // 256)])
async def test_clean_bytes_pass(scanner: Clamd, body: bytes) -> None:
    with log_lines() as lines:
        await scanner.scan(body)
    assert lines.all() == []


def zipped(body: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", body)
    return packed.getvalue()


@pytest.mark.parametrize("body", [EICAR, bytes(5 * MB) + EICAR + b"after", zipped(EICAR)])
async def test_the_test_virus_is_found_wherever_it_hides(scanner: Clamd, body: bytes) -> None:
    with log_lines() as lines, pytest.raises(MalwareDetected):
        await scanner.scan(body)
    assert [line["signature"] for line in lines.of("malware_found")] == [SIGNATURE]


async def test_what_is_larger_than_it_takes_is_no_pass(scanner: Clamd) -> None:
    with log_lines() as lines, pytest.raises(Unavailable):
        await scanner.scan(bytes((STREAM_MAX_MB + 4) * MB))
    assert "StreamMaxLength" in lines.of("scanner_unavailable")[0]["reason"]


async def test_many_at_once_are_each_judged_by_themselves(scanner: Clamd) -> None:
    bodies = [bytes(MB) + (EICAR if number % 2 else b"") for number in range(12)]
    told = await asyncio.gather(*(scanner.scan(body) for body in bodies), return_exceptions=True)
    assert [isinstance(one, MalwareDetected) for one in told] == [number % 2 == 1 for number in range(12)]
    assert {one for one in told if not isinstance(one, MalwareDetected)} == {None}
