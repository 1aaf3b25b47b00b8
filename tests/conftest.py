"""What every test may rely on: Ctrl-C means something, also in the processes that a test starts; and a whole stack."""

import gc
import signal
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import JSONFileLoader

if TYPE_CHECKING:
    from tests.integration.rehearsal.stack_rig import Up


def pytest_configure() -> None:
    """Undo what a shell does to a job in the background: it lets it, and all its children, ignore SIGINT."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Take the modules and the tests themselves out of the garbage collector's sight: all of them stay to the end.

    Looking through half a million objects again and again took a quarter of the tests' time.
    """
    gc.disable()
    try:
        yield
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def descriptions_of_aws() -> Iterator[None]:
    """Have botocore read its descriptions of AWS's services once in a process, instead of in each test.

    A megabyte of JSON for each of S3's clients took a tenth of the time of the tests that have one. As in a session of
    botocore, which remembers them too, all clients share them.
    """
    load = JSONFileLoader().load_file
    remembered = cache(load)

    def load_file(_: JSONFileLoader, file_path: str) -> Any:
        return remembered(file_path)

    with pytest.MonkeyPatch.context() as here:
        here.setattr(JSONFileLoader, "load_file", load_file)
        yield


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Up]":
    """The rehearsal's whole stack, one for each worker; whoever breaks a part of it brings it back."""
    from tests.integration.rehearsal.stack_rig import up

    with up(tmp_path_factory.mktemp("stack")) as running:
        yield running
