"""Makes a scenario's events happen, and takes them back: faults, outages, locks, hand edits, other people."""

from collections.abc import Callable, Mapping
from typing import Any

from cutover.rehearsal.control import Controls
from cutover.rehearsal.people import Keyboard
from cutover.rehearsal.pressure import Session
from cutover.rehearsal.scenario import (
    AwsFault,
    Crowd,
    Deed,
    EdgeFault,
    Event,
    HandEdit,
    Kill,
    Lock,
    Outage,
    Rate,
    Typing,
)
from cutover.rehearsal.stack.stack import DATABASE, Stack


class Deeds:
    """Whatever happens to one rehearsal. `kill_asked`: `cutover run` has to be killed now."""

    def __init__(
        self, stack: Stack, controls: Controls, keyboard: Keyboard, set_rate: Callable[[float], None], usual: float
    ) -> None:
        """`set_rate` changes the traffic's arrivals a second, which are `usual` otherwise."""
        self._stack, self._controls, self._keyboard = stack, controls, keyboard
        self._set_rate, self._usual = set_rate, usual
        self._lasting: list[Event] = []
        self._sessions: dict[int, Session] = {}
        self.kill_asked = False

    def begin(self, event: Event, now: float) -> None:
        """Let it happen. Raises NoPressure."""
        self._lasting.append(event)
        match event.deed:
            case EdgeFault() | AwsFault():
                self._tell(type(event.deed))
            case Outage(server):
                self._stack.stop_one(server)
            case Lock() | Crowd():
                self._press(event)
            case Rate(arrivals):
                self._set_rate(arrivals)
            case _:
                self._do(event.deed, now)

    def end(self, event: Event) -> None:
        """Take it back. Raises DidNotStart where a server does not come back."""
        self._lasting = [other for other in self._lasting if other is not event]
        match event.deed:
            case EdgeFault() | AwsFault() as deed:
                self._tell(type(deed))
            case Outage():
                self._stack.bring_back()
            case Lock() | Crowd():
                self._sessions.pop(id(event)).close()
            case Rate():
                self._set_rate(self._usual)

    def close(self) -> None:
        """Let go of what would keep others waiting."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
        self._keyboard.stop()

    def _press(self, event: Event) -> None:
        """Somebody's own connections to PostgreSQL."""
        session = self._sessions[id(event)] = Session(self._stack.postgres.dsn(DATABASE))
        if isinstance(event.deed, Lock):
            session.lock(event.deed.tables)
        else:
            session.take_all()

    def _do(self, deed: Deed, now: float) -> None:
        """What is done when it is done."""
        match deed:
            case HandEdit(ecs, serverless):
                self._controls.edit(weighted(self._controls.aws_state("live")["live"], ecs, serverless))
            case Typing():
                self._keyboard.types(deed, now)
            case Kill():
                self.kill_asked = True

    def _tell(self, kind: type[EdgeFault] | type[AwsFault]) -> None:
        """The faults of all events that last: a door replaces what it was told before."""
        faults: dict[str, Any] = {}
        for event in self._lasting:
            if isinstance(event.deed, kind):
                faults |= event.deed.faults
        if kind is EdgeFault:
            self._controls.edge_faults(faults)
        else:
            self._controls.aws_faults(faults)


def weighted(records: list[Mapping[str, Any]], ecs: int, serverless: int) -> list[Mapping[str, Any]]:
    """The changes of a Route 53 batch that give every weighted record of each side that weight."""
    wanted = {"ecs": ecs, "lambda": serverless}
    return [
        {"Action": "UPSERT", "ResourceRecordSet": {**record, "Weight": wanted[record["SetIdentifier"]]}}
        for record in records
        if record.get("SetIdentifier") in wanted
    ]
