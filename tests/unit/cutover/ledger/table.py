"""A ledger table in moto, whose calls can be made to fail before or after they have done their work."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from cutover.core.record import Event, Kind, chained
from cutover.ledger.dynamodb import TableLedger
from cutover.ledger.dynamodb_calls import Calls, Table
from tests.fakes.zone import ManualClock

TABLE, MIGRATION, REGION = "cutover", "api", "eu-central-1"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)


def event(reason: str, previous: Event | None = None, **evidence: Any) -> Event:
    """One line behind `previous`."""
    return chained(Event(0, NOW, Kind.JUDGED, "ada", "host", "run", reason=reason, evidence=evidence), previous)


def refused(code: str, message: str = "no", status: int = 400) -> ClientError:
    """What boto3 raises for an error answer."""
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutItem")


def silence() -> ReadTimeoutError:
    """The answer does not come."""
    return ReadTimeoutError(endpoint_url="https://dynamodb.example")


@dataclass
class Client:
    """The client of a table in moto. `before` and `after`: errors to raise around the next calls, by their name.

    One call at a time: moto, unlike DynamoDB, lets another thread in between a condition and its write.
    """

    real: Any
    before: dict[str, list[Exception | Callable[[], None]]] = field(default_factory=dict)
    after: dict[str, list[Exception]] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    alone: Lock = field(default_factory=Lock)

    def __getattr__(self, action: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.called.append(action)
            if queue := self.before.get(action):
                happening = queue.pop(0)
                if isinstance(happening, Exception):
                    raise happening
                happening()
            with self.alone:
                answer = getattr(self.real, action)(**arguments)
            if late := self.after.get(action):
                raise late.pop(0)
            return answer

        return call


@dataclass
class Shared:
    """One table, and the machines that use it."""

    client: Client
    folder: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))

    def machine(self, name: str = "a", migration: str = MIGRATION) -> TableLedger:
        """The ledger as another machine's process has it."""
        calls = Calls(lambda: self.client, Table(TABLE, REGION))
        return TableLedger(calls, migration, self.folder / name / "ledger.jsonl", self.clock, LEASE)

    def filled(self, count: int) -> tuple[TableLedger, list[Event]]:
        """A ledger with so many lines."""
        ledger, events = self.machine(), list[Event]()
        for number in range(count):
            events.append(event(f"line {number}", events[-1] if events else None))
            ledger.append(events[-1])
        return ledger, events

    def item(self, seq: int) -> dict[str, Any]:
        """An item as it is stored; empty if there is none."""
        key = {"migration": {"S": MIGRATION}, "seq": {"N": str(seq)}}
        found: dict[str, Any] = self.client.real.get_item(TableName=TABLE, Key=key).get("Item", {})
        return found

    def edit(self, seq: int, line: str) -> None:
        """Somebody in the console."""
        item = {"migration": {"S": MIGRATION}, "seq": {"N": str(seq)}, "line": {"S": line}}
        self.client.real.put_item(TableName=TABLE, Item=item)

    def remove(self, seq: int) -> None:
        """Likewise."""
        key = {"migration": {"S": MIGRATION}, "seq": {"N": str(seq)}}
        self.client.real.delete_item(TableName=TABLE, Key=key)

    def outrun(self) -> None:
        """Somebody takes the lease and gives it back."""
        self.client.real.update_item(
            TableName=TABLE,
            Key={"migration": {"S": MIGRATION}, "seq": {"N": "0"}},
            UpdateExpression="ADD fence :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )


def make_table(client: Any) -> None:
    """As the error message for a table that does not exist says."""
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "migration", "AttributeType": "S"},
            {"AttributeName": "seq", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "migration", "KeyType": "HASH"}, {"AttributeName": "seq", "KeyType": "RANGE"}],
    )
