"""One hosted zone over time: what is asked for, what is served, and the changes on their way from one to the other."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from cutover.rehearsal.aws.route53.batch import applied
from cutover.rehearsal.aws.route53.checks import ZoneFacts
from cutover.rehearsal.aws.route53.records import Change, ChangeBatch, Key, RecordSet, ResourceRecord

_KEPT_CHANGES = 2_000
# Names that nobody can register: a rehearsal must never lead to a real name server.
_NAME_SERVERS = tuple(f"ns-{number}.rehearsal.invalid." for number in range(1, 5))
_NS_TTL_SECONDS = 172_800  # what Route 53 gives a new zone
_SOA_TTL_SECONDS = 900


@dataclass(frozen=True, slots=True)
class ChangeState:
    """A change and how far it got. Times are simulated Unix seconds."""

    id: str
    submitted: float
    comment: str
    actor: str
    status: str  # PENDING, INSYNC; STRANDED: Route 53 has lost the id, and the change is never served


@dataclass(frozen=True, slots=True)
class _Pending:
    id: str
    sequence: int
    due: float
    effects: Mapping[Key, RecordSet | None]  # None: the record is gone


class Zone:
    """The state machine; every time is given, none is read. Raises AwsError where Route 53 would refuse."""

    def __init__(
        self, facts: ZoneFacts, records: Iterable[RecordSet], *, insync_seconds: float, new_id: Callable[[], str]
    ) -> None:
        self.facts = facts
        self.held = False  # while set, nothing propagates
        self._insync_seconds = insync_seconds
        self._new_id = new_id
        self._live = _opened(facts, records)
        self._served = dict(self._live)
        self._served_since: dict[Key, int] = {}  # the sequence number of the change that a served record is from
        self._pending: deque[_Pending] = deque()
        self._changes: OrderedDict[str, ChangeState] = OrderedDict()
        self._sequence = 0

    @property
    def live(self) -> Mapping[Key, RecordSet]:
        """What was asked for, pending changes included: what ListResourceRecordSets shows."""
        return self._live

    @property
    def name_servers(self) -> tuple[str, ...]:
        """The delegation set: the values of the zone's own NS record."""
        return self._live[Key(self.facts.name, "NS", None)].values

    def served(self, now: float) -> Mapping[Key, RecordSet]:
        """What the name servers answer by at `now`."""
        self.advance(now)
        return self._served

    def submit(self, batch: ChangeBatch, now: float, *, actor: str, stranded: bool = False) -> ChangeState:
        """Apply the batch; it is served `insync_seconds` later, after all earlier ones. `stranded`: never."""
        effects = self._accept(batch, now)
        status = "STRANDED" if stranded else "PENDING"
        state = self._remember(ChangeState(self._new_id(), now, batch.comment, actor, status))
        if not stranded:
            earliest = self._pending[-1].due if self._pending else now
            due = max(earliest, now + self._insync_seconds)
            self._pending.append(_Pending(state.id, self._sequence, due, effects))
        return state

    def edit(self, batch: ChangeBatch, now: float, *, actor: str) -> ChangeState:
        """Apply the batch and serve it at once: a hand edit whose propagation is over when it is noticed."""
        effects = self._accept(batch, now)
        self._serve(effects, self._sequence)
        return self._remember(ChangeState(self._new_id(), now, batch.comment, actor, "INSYNC"))

    def change(self, change_id: str, now: float) -> ChangeState | None:
        """A change's state at `now`; None: no such id, or one that Route 53 has lost."""
        self.advance(now)
        state = self._changes.get(change_id)
        return None if state is None or state.status == "STRANDED" else state

    def changes(self, now: float) -> tuple[ChangeState, ...]:
        """Every kept change at `now`, oldest first, lost ones too."""
        self.advance(now)
        return tuple(self._changes.values())

    def advance(self, now: float) -> None:
        """Let everything propagate that is due at `now`, in the order of submission."""
        while self._pending and not self.held and self._pending[0].due <= now:
            pending = self._pending.popleft()
            self._serve(pending.effects, pending.sequence)
            if pending.id in self._changes:
                self._changes[pending.id] = replace(self._changes[pending.id], status="INSYNC")

    def _accept(self, batch: ChangeBatch, now: float) -> Mapping[Key, RecordSet | None]:
        self.advance(now)
        self._live = applied(self._live, batch, self.facts)
        self._sequence += 1
        touched = {change.resource_record_set.key for change in batch.changes}
        return {key: self._live.get(key) for key in touched}

    def _serve(self, effects: Mapping[Key, RecordSet | None], sequence: int) -> None:
        for key, record in effects.items():
            if self._served_since.get(key, -1) > sequence:
                continue  # a hand edit overtook this change
            self._served_since[key] = sequence
            if record is None:
                self._served.pop(key, None)
            else:
                self._served[key] = record

    def _remember(self, state: ChangeState) -> ChangeState:
        self._changes[state.id] = state
        while len(self._changes) > _KEPT_CHANGES:
            self._changes.popitem(last=False)
        return state


def _opened(facts: ZoneFacts, records: Iterable[RecordSet]) -> dict[Key, RecordSet]:
    """The records of a new zone: `records`, by the usual rules, and the NS and SOA that every zone has."""
    given = [record.normalised() for record in records]
    present = {record.key for record in given}
    wanted = [record for record in _apex(facts.name) if record.key not in present] + given
    changes = tuple(Change(action="CREATE", resource_record_set=record) for record in wanted)
    return applied({}, ChangeBatch(changes=changes), facts)


def _apex(zone: str) -> tuple[RecordSet, RecordSet]:
    soa = f"{_NAME_SERVERS[0]} hostmaster.rehearsal.invalid. 1 7200 900 1209600 86400"
    return (
        RecordSet(
            name=zone,
            type="NS",
            ttl=_NS_TTL_SECONDS,
            resource_records=tuple(ResourceRecord(value=server) for server in _NAME_SERVERS),
        ),
        RecordSet(name=zone, type="SOA", ttl=_SOA_TTL_SECONDS, resource_records=(ResourceRecord(value=soa),)),
    )
