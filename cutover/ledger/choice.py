"""Which ledger the settings name."""

from pathlib import Path

from cutover.aws.clients import Clients
from cutover.core.durations import parse_duration
from cutover.ledger.dynamodb import TableLedger
from cutover.ledger.dynamodb_calls import CALL_SECONDS, Calls, Table
from cutover.ledger.file import FileLedger
from cutover.ports import Clock, Ledger
from cutover.settings import Settings


def ledger_of(settings: Settings, clients: Clients, clock: Clock) -> Ledger:
    """The DynamoDB table if one is named, or else the file; nothing is connected yet."""
    named, path = settings.ledger, Path(settings.ledger.path)
    if not named.table:
        return FileLedger(path, clock.now)
    region = named.region or settings.aws.region
    calls = Calls(
        lambda: clients.make("dynamodb", 1, CALL_SECONDS, region), Table(named.table, region, settings.aws.profile)
    )
    return TableLedger(calls, named.migration, path, clock, parse_duration(named.lease))
