"""The rehearsal's own door under `/_rehearsal/`: metrics in, faults on and off, hand edits, the whole state out."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cutover.rehearsal.aws.account import Account
from cutover.rehearsal.aws.cloudwatch.alarms import Alarm
from cutover.rehearsal.aws.cloudwatch.store import Datum, series_of
from cutover.rehearsal.aws.cloudwatch_logs.events import Shipment
from cutover.rehearsal.aws.faults import Faults
from cutover.rehearsal.aws.logs import Called
from cutover.rehearsal.aws.route53.records import Key, RecordSet, batch_of
from cutover.rehearsal.aws.wire import AwsError, Call, Reply

PREFIX = "/_rehearsal/"
_HAND = "somebody-else"  # the actor of a hand edit

_Name = Annotated[str, Meta(min_length=1, max_length=255)]
_Number = Annotated[float, Meta(gt=0)]


class Pushed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Values of one metric in one minute; `minute` is any Unix second of it, simulated."""

    namespace: _Name
    metric: _Name
    dimensions: dict[str, str]
    unit: Literal["Count", "Milliseconds", "Seconds", "Microseconds", "Percent", "Bytes", "Megabytes", "None"]
    minute: float
    values: tuple[float, ...]
    counts: tuple[_Number, ...]


_PUSHES = msgspec.json.Decoder(tuple[Pushed, ...])
_SHIPMENTS = msgspec.json.Decoder(tuple[Shipment, ...])
_OVERRIDES = msgspec.json.Decoder(dict[str, float])
_FAULTS = msgspec.json.Decoder(Faults)
_ALARMS = msgspec.json.Decoder(tuple[Alarm, ...])


class Control:
    """The operations; bad input is answered with 400 and a sentence, an unknown path with 404."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._operations: Mapping[tuple[str, str], Callable[[Call], object]] = {
            ("POST", "metrics"): self._take_metrics,
            ("POST", "logs"): self._take_logs,
            ("PUT", "stores"): self._set_stores,
            ("GET", "stores"): self._show_stores,
            ("PUT", "faults"): self._set_faults,
            ("GET", "faults"): self._show_faults,
            ("POST", "edit"): self._edit,
            ("PUT", "alarms"): self._set_alarms,
            ("GET", "state"): self._show_state,
        }

    def handle(self, call: Call) -> Reply:
        """Answer one request in JSON."""
        operation = self._operations.get((call.method, call.path.removeprefix(PREFIX)))
        if operation is None:
            return _reply(404, {"error": f"there is no {call.method} {call.path}"})
        try:
            return _reply(200, operation(call))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _reply(400, {"error": str(error)})
        except AwsError as error:
            return _reply(400, {"error": error.message, "code": error.code})

    def _take_metrics(self, call: Call) -> object:
        pushes = _PUSHES.decode(call.body)
        for push in pushes:
            if len(push.values) != len(push.counts):
                raise msgspec.ValidationError(f"{push.metric}: {len(push.values)} values, {len(push.counts)} counts")
        self._account.cloudwatch.publish((_datum(push) for push in pushes), call.now)
        return {"taken": len(pushes)}

    def _take_logs(self, call: Call) -> object:
        shipments = _SHIPMENTS.decode(call.body)
        self._account.cloudwatch.publish(self._account.logs.take(shipments, call.now), call.now)
        return {"taken": sum(len(shipment.lines) for shipment in shipments)}

    def _set_stores(self, call: Call) -> object:
        return self._account.stores.replace(_OVERRIDES.decode(call.body))

    def _show_stores(self, _call: Call) -> object:
        return self._account.stores.now

    def _set_faults(self, call: Call) -> object:
        faults = _FAULTS.decode(call.body)
        self._account.zone.advance(call.now)  # what was due before has happened
        self._account.zone.held = faults.route53_pending
        self._account.faults.replace(faults)
        return faults

    def _show_faults(self, _call: Call) -> object:
        return self._account.faults.now

    def _edit(self, call: Call) -> object:
        raw = msgspec.json.decode(call.body)
        changes = raw.get("changes") if isinstance(raw, dict) else None
        batch = batch_of({"Changes": changes}, as_text=False)
        state = self._account.zone.edit(batch, call.now, actor=_HAND)
        self._account.calls.add(Called(call.now, "route53:ChangeResourceRecordSets", "ok", _HAND))
        return {"id": state.id}

    def _set_alarms(self, call: Call) -> object:
        alarms = _ALARMS.decode(call.body)
        self._account.alarms.replace(alarms, call.now)
        return {"alarms": len(alarms)}

    def _show_state(self, call: Call) -> object:
        """Everything, or the parts that `?only=` names: the logs grow long, and a screen looks often."""
        account = self._account
        parts: Mapping[str, Callable[[], object]] = {
            "live": lambda: _in_order(account.zone.live),
            "served": lambda: _in_order(account.zone.served(call.now)),
            "changes": lambda: account.zone.changes(call.now),
            "answers": account.answers.rows,
            "calls": account.calls.all,
            "operations": account.operations.all,
            "logs": account.logs.told,
        }
        wanted = call.query["only"].split(",") if "only" in call.query else list(parts)
        if unknown := set(wanted) - set(parts):
            raise msgspec.ValidationError(f"there is no {sorted(unknown)}; there are {list(parts)}")
        return {part: parts[part]() for part in wanted}


def _datum(push: Pushed) -> Datum:
    series = series_of(push.namespace, push.metric, push.dimensions)
    return Datum(series, push.unit, push.minute, push.values, push.counts)


def _in_order(records: Mapping[Key, RecordSet]) -> list[RecordSet]:
    return sorted(records.values(), key=lambda record: (record.name, record.type, record.set_identifier or ""))


def _reply(status: int, value: object) -> Reply:
    return Reply(status, msgspec.json.encode(value).decode(), "application/json")
