"""How much memory a list takes while it is read: measured in a process of its own, for every format."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.domains.parts_lists.decoding import MAX_BYTES
from service.domains.parts_lists.rules import MAX_ROWS, Unreadable
from tests.unit.service.parts_list_files import read

MAX_MEGABYTES = 256
LONG = b"Brick 2 x 4 with a name "
MEASURE = "import sys\nfrom tests.unit.service.test_parts_list_memory import main\nmain(sys.argv[1])"
ROOT = Path(__file__).parents[3]


def csv_list() -> bytes:
    return b"Part ID,Part Name,Quantity,Color\n" + b"".join(
        b"%d,%s%d,%d,Dark Bluish Gray\n" % (n, LONG, n, n % 40 + 1) for n in range(MAX_ROWS)
    )


def json_list() -> bytes:
    row = b'{"part":"%d","name":"%s%d","quantity":%d}'
    return b"[" + b",".join(row % (n, LONG, n, n % 40 + 1) for n in range(MAX_ROWS)) + b"]"


def xml_list() -> bytes:
    row = b"<ITEM><ITEMTYPE>P</ITEMTYPE><ITEMID>%d</ITEMID><COLOR>11</COLOR><MINQTY>%d</MINQTY></ITEM>"
    return b"<INVENTORY>" + b"".join(row % (n, n % 40 + 1) for n in range(MAX_ROWS)) + b"</INVENTORY>"


def full(unit: bytes, first: bytes = b"") -> bytes:
    """As large a file as is taken, of nothing but this."""
    return (first + unit * (MAX_BYTES // len(unit)))[:MAX_BYTES]


FILES: dict[str, Callable[[], bytes]] = {
    "csv": csv_list,
    "json": json_list,
    "xml": xml_list,
    "empty objects": lambda: full(b"{},", b"["),
    "arrays in arrays": lambda: full(b"[", b""),
    "one array": lambda: full(b"1,", b"[["),
    "empty elements": lambda: full(b"<a/>", b"<INVENTORY>"),
    "attributes": lambda: full(b' a=""', b"<INVENTORY"),
    "values": lambda: full(b"<b/>", b"<INVENTORY><ITEM>"),
    "commas": lambda: full(b","),
    "emoji": lambda: full("😀".encode(), b'["'),
}


def main(name: str) -> None:
    """Read the list of that name; say how many parts it has and the peak of this process in MB."""
    data = FILES[name]()
    assert len(data) <= MAX_BYTES
    counted = 0
    try:
        for _ in _parts(data):
            counted += 1
    except Unreadable:
        counted = -1
    # Not getrusage: that counts what the process was before it became this program.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    sys.stdout.write(f"{counted} {peak}\n")


def _parts(data: bytes) -> Iterator[object]:
    from service.domains.parts_lists.reading import read_parts

    yield from read_parts([data])


@pytest.mark.parametrize("name", FILES)
def test_no_list_of_any_format_takes_more_than_256_mb(name: str) -> None:
    command = [sys.executable, "-c", MEASURE, name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    counted, peak = map(int, done.stdout.split())
    assert peak < MAX_MEGABYTES
    sys.stdout.write(f"{name}: {peak} MB\n")
    assert counted == (MAX_ROWS if name in ("csv", "json", "xml") else -1)


@pytest.mark.parametrize("make", [csv_list, json_list, xml_list])
def test_the_same_hundred_thousand_rows_have_the_same_total_in_every_format(make: Callable[[], bytes]) -> None:
    _, reader = read(make())
    assert (reader.rows, reader.total, reader.error_count) == (MAX_ROWS, 2_050_000, 0)
