"""Calls of one DynamoDB table that never take long: a dead table must not hold up a rollback."""

import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.flow.asking import ask
from cutover.ports import LedgerUnavailable, NotAllowed
from cutover.settings import BadSettings

# Of one call, tries and names' look-up included. A rollback makes two at most of a table that is dead: one when it
# begins and one when it has arrived; the 5 s that the ledger may cost it leave these.
CALL_SECONDS = 2.0
DARK_SECONDS = 3.0  # after a call without an answer nothing is asked for so long
FIRST_PAUSE_SECONDS = 0.05
Answer = Mapping[str, Any]


class Taken(Exception):
    """The call's condition does not hold: nothing was written."""


@dataclass(frozen=True, slots=True)
class Table:
    """Which table, and whose keys reach it."""

    name: str
    region: str
    profile: str = ""

    def __str__(self) -> str:
        return f"the DynamoDB table {self.name!r} in {self.region}"


class Calls:
    """boto3's DynamoDB client with a deadline over everything. `client` makes it when it is first needed."""

    def __init__(
        self, client: Callable[[], Any], table: Table, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._make_client, self.table, self._monotonic = client, table, monotonic
        self._client: Any = None
        self._making = Lock()
        self._dark_until, self._why = 0.0, ""

    def call(self, action: str, **arguments: Any) -> Answer:
        """The answer of `client.ACTION(**arguments)` for the table. Raises Taken, LedgerUnavailable."""
        if time.monotonic() < self._dark_until:
            raise LedgerUnavailable(self._why)
        try:
            client = self._made_client()
            return self._until_answered(partial(self._once, client, action, arguments))
        except Rejected as refusal:
            raise self._refused(refusal) from refusal
        except (NotAllowed, BadSettings) as error:
            raise LedgerUnavailable(f"{self.table}: {error}") from error

    def _made_client(self) -> Any:
        with self._making:
            self._client = self._client or self._make_client()
            return self._client

    def _until_answered(self, question: Callable[[], Answer]) -> Answer:
        ends, pause = time.monotonic() + CALL_SECONDS, FIRST_PAUSE_SECONDS
        while True:
            try:
                return self._answer(ask(question), ends)
            except Again as again:
                pause *= 1 + random.random()  # noqa: S311 - jitter
                if time.monotonic() + pause >= ends:
                    raise self._dark(str(again)) from again
            time.sleep(pause)

    def _answer(self, answer: "Future[Answer]", ends: float) -> Answer:
        try:
            return answer.result(max(0.0, ends - time.monotonic()))
        except TimeoutError:
            raise self._dark("no answer") from None

    def _once(self, client: Any, action: str, arguments: Answer) -> Answer:
        spelled = "".join(word.capitalize() for word in action.split("_"))
        with translated(f"dynamodb:{spelled}", self.table.profile):
            answer: Answer = getattr(client, action)(TableName=self.table.name, **arguments)
        return answer

    def _dark(self, why: str) -> LedgerUnavailable:
        self._why = f"{self.table} did not answer within {CALL_SECONDS:.0f} s ({why}); try again when it does"
        self._dark_until = time.monotonic() + DARK_SECONDS
        return LedgerUnavailable(self._why)

    def _refused(self, refusal: Rejected) -> Exception:
        if refusal.code == "ConditionalCheckFailedException":
            return Taken(str(refusal))
        if refusal.code == "ResourceNotFoundException":
            return LedgerUnavailable(
                f"{self.table} does not exist; name another with table and region in [ledger], or make it:"
                f" {self._how()}"
            )
        return LedgerUnavailable(f"{self.table} refused: {refusal}; its keys must be migration (S) and seq (N)")

    def _how(self) -> str:
        return (
            f"aws dynamodb create-table --region {self.table.region} --table-name {self.table.name}"
            " --billing-mode PAY_PER_REQUEST"
            " --attribute-definitions AttributeName=migration,AttributeType=S AttributeName=seq,AttributeType=N"
            " --key-schema AttributeName=migration,KeyType=HASH AttributeName=seq,KeyType=RANGE"
        )
