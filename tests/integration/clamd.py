"""A real clamd, where the machine has one; it knows nothing but the EICAR test string, so nothing has to be fetched."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutover.rehearsal.stack.ports import LOOPBACK, accepts, free_port
from cutover.rehearsal.stack.process import Child, Program
from tests.fakes.clamd import EICAR

STREAM_MAX_MB = 8
SIGNATURE = "Test.Eicar.UNOFFICIAL"  # how clamd calls a signature that is not of its makers
_START_SECONDS = 30.0
_SIGNED_BYTES = 40
_SETTINGS = f"""\
DatabaseDirectory {{directory}}
TCPSocket {{port}}
TCPAddr {LOOPBACK}
Foreground yes
OfficialDatabaseOnly no
StreamMaxLength {STREAM_MAX_MB}M
"""


@pytest.fixture(scope="module")
def clamd_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the real clamd listens; the test is skipped when this machine has none."""
    binary = os.environ.get("CLAMD") or shutil.which("clamd")
    if binary is None:
        pytest.skip("no clamd: put one on the PATH, or name its file in the environment variable CLAMD")
    directory = tmp_path_factory.mktemp("clamd")
    child, port = _started(binary, directory)
    yield port
    child.stop()


def _started(binary: str, directory: Path) -> tuple[Child, int]:
    port = free_port()
    (directory / "test.ndb").write_text(f"Test.Eicar:0:*:{EICAR[:_SIGNED_BYTES].hex()}\n")
    settings = directory / "clamd.conf"
    settings.write_text(_SETTINGS.format(directory=directory, port=port))
    child = Child(Program("clamd", [binary, "--config-file", str(settings)], {}, directory / "clamd.log"))
    child.wait_until(lambda: accepts(LOOPBACK, port), _START_SECONDS)
    return child, port
