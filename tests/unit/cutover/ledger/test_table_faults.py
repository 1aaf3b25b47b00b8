"""A ledger table that does not answer, says no, or is not there: the right error, and soon."""

import itertools
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cutover.aws.clients import Clients
from cutover.core.models import Weights
from cutover.core.record import Event
from cutover.ledger.choice import ledger_of
from cutover.ledger.dynamodb import TableLedger
from cutover.ledger.dynamodb_calls import CALL_SECONDS, DARK_SECONDS, Calls, Table
from cutover.ledger.file import FileLedger
from cutover.ports import LedgerUnavailable
from cutover.sections import AwsSettings
from cutover.settings import BadSettings, Settings
from tests.fakes.world import known_world, settings_with
from tests.fakes.zone import ManualClock
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.ledger.table import LEASE, REGION, TABLE, Shared, event, refused, silence


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refused("ResourceNotFoundException"), r"table 'cutover' in eu-central-1 does not exist; name another"),
        (refused("ResourceNotFoundException"), r"aws dynamodb create-table --region eu-central-1 --table-name cutover"),
        (refused("AccessDeniedException"), r"let this identity call dynamodb:Query, or use another"),
        (refused("ExpiredTokenException"), r"the credentials have expired; aws sso login"),
        (refused("ValidationException", "no such key"), r"no such key; its keys must be migration \(S\) and seq \(N\)"),
        (BadSettings("the AWS profile 'x' does not exist"), r"the AWS profile 'x' does not exist"),
    ],
)
def test_a_refusal_says_what_to_do_and_is_not_asked_again(shared: Shared, error: Exception, told: str) -> None:
    shared.client.before["query"] = [error]

    with pytest.raises(LedgerUnavailable, match=told):
        shared.machine().events()

    assert shared.client.called == ["query"]


def test_a_line_too_large_for_dynamodb_is_told(shared: Shared) -> None:
    with pytest.raises(LedgerUnavailable, match="Item size has exceeded"):
        shared.machine().append(event("large", text="x" * 420_000))


def test_a_throttle_that_does_not_end_is_told_in_time(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.ledger.dynamodb_calls.FIRST_PAUSE_SECONDS", CALL_SECONDS)  # no time for another try
    shared.client.before["query"] = [refused("ThrottlingException", "slow down")]

    with pytest.raises(LedgerUnavailable, match=r"did not answer within 2 s \(dynamodb:Query: .*slow down\)"):
        shared.machine().events()

    assert shared.client.called == ["query"]


def test_after_silence_nothing_is_asked_for_a_while(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.ledger.dynamodb_calls.CALL_SECONDS", 0.1)
    monkeypatch.setattr("cutover.ledger.dynamodb_calls.DARK_SECONDS", 0.2)
    ledger, events = shared.filled(1)
    shared.client.called.clear()
    shared.client.before["query"] = [silence(), silence(), silence()]

    with pytest.raises(LedgerUnavailable, match="did not answer within"):
        ledger.events()
    asked = len(shared.client.called)
    with pytest.raises(LedgerUnavailable, match="did not answer within"):
        ledger.events()

    assert len(shared.client.called) == asked
    shared.client.before.clear()
    assert eventually_read(ledger) == events


def eventually_read(ledger: TableLedger) -> list[Event]:
    """The events, when it is asked again."""
    ends = time.monotonic() + 10
    while True:
        try:
            return list(ledger.events())
        except LedgerUnavailable:
            assert time.monotonic() < ends
            time.sleep(0.02)


@pytest.fixture
def black_hole() -> Iterator[socket.socket]:
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


def connections(black_hole: socket.socket) -> int:
    """How many it was asked for."""
    black_hole.setblocking(False)
    with ExitStack() as held:
        for count in itertools.count():
            try:
                held.enter_context(black_hole.accept()[0])
            except BlockingIOError:
                return count
    raise AssertionError


def dead_ledger(place: socket.socket, folder: Path) -> TableLedger:
    """A ledger there, with the calls' real limits."""
    clients = Clients(AwsSettings(endpoint_url=f"http://127.0.0.1:{place.getsockname()[1]}"))
    calls = Calls(lambda: clients.make("dynamodb", 1, CALL_SECONDS, REGION), Table(TABLE, REGION))
    return TableLedger(calls, "api", folder / "ledger.jsonl", ManualClock(), LEASE)


def test_a_black_hole_costs_one_call_and_the_way_back_is_kept_all_the_same(
    black_hole: socket.socket, tmp_path: Path
) -> None:
    ledger = dead_ledger(black_hole, tmp_path)
    began = time.monotonic()

    with pytest.raises(LedgerUnavailable, match=r"did not answer within 2 s"):
        ledger.events()
    place = ledger.keep("rollback-1.json", "{}")

    assert Path(place).exists()
    assert CALL_SECONDS + DARK_SECONDS <= 5
    assert time.monotonic() - began < 30  # far above what it takes; a client's own patience would be minutes


def test_nobody_listening_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.ledger.dynamodb_calls.FIRST_PAUSE_SECONDS", CALL_SECONDS)  # no time for another try
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(LedgerUnavailable, match="Could not connect to the endpoint"):
            dead_ledger(taken, tmp_path).holder()


@pytest.mark.parametrize(("region", "named"), [("", "us-east-1"), ("eu-west-1", "eu-west-1")])
def test_the_settings_name_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, region: str, named: str) -> None:
    monkeypatch.setattr("cutover.ledger.dynamodb_calls.CALL_SECONDS", 0.1)
    settings: Settings = settings_with(ledger={"table": "moves", "region": region, "path": str(tmp_path / "l.jsonl")})
    clients = Clients(AwsSettings(endpoint_url="http://127.0.0.1:1"))

    ledger = ledger_of(settings, clients, ManualClock())

    with pytest.raises(LedgerUnavailable, match=f"table 'moves' in {named} did not answer"):
        ledger.events()


def test_without_a_table_the_ledger_is_a_file(tmp_path: Path) -> None:
    settings = settings_with(ledger={"path": str(tmp_path / "l.jsonl")})

    assert isinstance(ledger_of(settings, Clients(AwsSettings()), ManualClock()), FileLedger)


def test_a_rollback_does_not_wait_long_for_a_dead_table(black_hole: socket.socket, tmp_path: Path) -> None:
    world = known_world(50, 50)
    world.ledger = dead_ledger(black_hole, tmp_path)  # type: ignore[assignment]

    result = invoke(world, "rollback")

    assert (result.exit_code, world.live) == (0, Weights(100, 0))
    assert "the ledger is out of reach, so this is not recorded" in result.output
    assert 1 <= connections(black_hole) <= 2  # each costs CALL_SECONDS at most
    assert 2 * CALL_SECONDS < 5
