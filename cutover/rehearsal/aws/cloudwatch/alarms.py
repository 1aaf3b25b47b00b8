"""The account's alarms: put, evaluated each simulated minute, described; and those that a rehearsal pins by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from zlib import crc32

import msgspec

from cutover.rehearsal.aws.cloudwatch.alarming.history import Event, History
from cutover.rehearsal.aws.cloudwatch.alarming.notices import Notice, notices_of
from cutover.rehearsal.aws.cloudwatch.alarming.rules import Rule
from cutover.rehearsal.aws.cloudwatch.alarming.shapes import (
    DescribeAlarmHistory,
    DescribeAlarms,
    Kind,
    PutCompositeAlarm,
    PutMetricAlarm,
    SetAlarmState,
)
from cutover.rehearsal.aws.cloudwatch.alarming.standing import UNCHECKED, Standing, reason_data, shown
from cutover.rehearsal.aws.cloudwatch.alarming.verdict import State
from cutover.rehearsal.aws.cloudwatch.alarming.watched import Watched, watched_by
from cutover.rehearsal.aws.cloudwatch.alarming.wording import composite_reason, new_composite_reason, reason
from cutover.rehearsal.aws.cloudwatch.paging import Position, position_of, token_of
from cutover.rehearsal.aws.cloudwatch.shapes import Name, Shape
from cutover.rehearsal.aws.cloudwatch.store import MINUTE_SECONDS, MetricStore
from cutover.rehearsal.aws.cloudwatch.times import iso
from cutover.rehearsal.aws.wire import AwsError

_MOST_MINUTES = 180  # that are made up for when nobody has asked for long
_Asked = PutMetricAlarm | PutCompositeAlarm


class Alarm(Shape, frozen=True, kw_only=True):
    """An alarm that a rehearsal pins to a state; one with a rule is composite."""

    alarm_name: Name
    state_value: State = "OK"
    state_reason: str = ""
    alarm_description: str = ""
    alarm_rule: str = ""
    namespace: str | None = None
    metric_name: str | None = None

    @property
    def kind(self) -> Kind:
        """Its type as DescribeAlarms asks for it."""
        return "CompositeAlarm" if self.alarm_rule else "MetricAlarm"


class AlarmBoard:
    """All alarms of the account; `store` is what they watch. A pinned one hides one of its name that was put."""

    def __init__(self, arn_prefix: str, store: MetricStore) -> None:
        self._arn_prefix = arn_prefix  # "arn:aws:cloudwatch:REGION:ACCOUNT:alarm"
        self._store = store
        self._pinned: dict[str, Alarm] = {}
        self._pinned_at = 0.0
        self._put: dict[str, Standing] = {}
        self._minute: int | None = None  # the last one that was evaluated
        self._history = History()
        self._notices: list[Notice] = []

    def replace(self, alarms: Sequence[Alarm], now: float) -> None:
        """These are the pinned alarms from now on; what was put stays."""
        self.advance(now)
        self._pinned = {alarm.alarm_name: alarm for alarm in alarms}
        self._pinned_at = now
        self._settle(now)

    def put(self, asked: _Asked, now: float) -> None:
        """Make an alarm, or give one another configuration. Raises AwsError ValidationError."""
        on = watched_by(asked) if isinstance(asked, PutMetricAlarm) else self._rule(asked)
        self.advance(now)
        known = self._put.get(asked.alarm_name)
        if known is not None and type(known.on) is not type(on):
            raise AwsError("ValidationError", f"{asked.alarm_name} exists already and is a {known.kind}")
        if known is not None:
            made = replace(known, asked=asked, on=on, configured_at=now)
        else:
            made = Standing(asked, on, now, "INSUFFICIENT_DATA", UNCHECKED, None, now, now)
        self._put[made.name] = made
        what = f'Alarm "{made.name}" {"updated" if known else "created"}'
        self._happened(made, now, "ConfigurationUpdate", what, {"type": "Update" if known else "Create"})
        self._settle(now)

    def delete(self, names: Sequence[str], now: float) -> None:
        """Forget them, all or none. Raises AwsError ResourceNotFound."""
        self.advance(now)
        for standing in self._known(names):
            del self._put[standing.name]
            self._happened(standing, now, "ConfigurationUpdate", f'Alarm "{standing.name}" deleted', {"type": "Delete"})
        self._settle(now)

    def enable_actions(self, names: Sequence[str], now: float, *, enabled: bool) -> None:
        """Whether they tell anybody; names that are not known are passed over, as CloudWatch does."""
        self.advance(now)
        for standing in [self._put[name] for name in names if name in self._put]:
            asked = msgspec.structs.replace(standing.asked, actions_enabled=enabled)
            self._put[standing.name] = replace(standing, asked=asked, configured_at=now)
            self._happened(standing, now, "ConfigurationUpdate", f'Alarm "{standing.name}" updated', {"type": "Update"})

    def set_state(self, request: SetAlarmState, now: float) -> None:
        """Until it is evaluated again. Raises AwsError ResourceNotFound."""
        self.advance(now)
        standing = self._known([request.alarm_name])[0]
        told = None if request.state_reason_data is None else request.state_reason_data.encode()
        self._stand(standing, request.state_value, request.state_reason, told, now)
        if standing.kind == "MetricAlarm":
            self._settle(now)

    def advance(self, now: float) -> None:
        """Evaluate every minute that has begun since the last time, once each and in order."""
        minute = int(now // MINUTE_SECONDS)
        first = minute if self._minute is None else max(self._minute + 1, minute - _MOST_MINUTES)
        for each in range(first, minute + 1):
            self._minute = each
            self._evaluate(float(each * MINUTE_SECONDS))

    def take_notices(self) -> list[Notice]:
        """What is to be sent, once."""
        waiting, self._notices = self._notices, []
        return waiting

    def sent(self, notice: Notice, now: float, failure: str | None) -> None:
        """Note in the history what became of a notice."""
        standing = self._put.get(notice.alarm)
        if standing is not None:
            how = f"Successfully executed action {notice.topic}"
            self._happened(
                standing,
                now,
                "Action",
                how if failure is None else f"Failed to execute action {notice.topic}. Received error: {failure}",
                {"actionState": "Failed" if failure else "Succeeded", "notificationResource": notice.topic},
            )

    def described(self, request: DescribeAlarms, now: float) -> dict[str, object]:
        """The result of DescribeAlarms; composite alarms only if asked for. Raises AwsError InvalidNextToken."""
        self.advance(now)
        fingerprint = crc32(msgspec.json.encode(msgspec.structs.replace(request, next_token=None)))
        position = position_of(request.next_token, now=now, request=fingerprint)
        found = [alarm for alarm in self._all() if _wanted(alarm, request) and self._related(alarm, request)]
        end = position.offset + request.max_records
        page = found[position.offset : end]
        return {
            "CompositeAlarms": [self._shown(alarm) for alarm in page if alarm.kind == "CompositeAlarm"],
            "MetricAlarms": [self._shown(alarm) for alarm in page if alarm.kind == "MetricAlarm"],
            "NextToken": token_of(Position(end, position.as_of, fingerprint)) if end < len(found) else None,
        }

    def history(self, request: DescribeAlarmHistory, now: float) -> dict[str, object]:
        """The result of DescribeAlarmHistory. Raises AwsError InvalidNextToken."""
        self.advance(now)
        return self._history.described(request, now)

    def _evaluate(self, now: float) -> None:
        for standing in list(self._put.values()):
            if isinstance(standing.on, Watched):
                self._judge(standing, standing.on, now)
        self._settle(now)

    def _judge(self, standing: Standing, on: Watched, now: float) -> None:
        found = on.verdict(self._store, now)
        state = found.state or standing.state
        if state != standing.state or (standing.reason == UNCHECKED and found.state is not None):
            rule = (on.asked.datapoints_to_alarm or on.asked.evaluation_periods, on.asked.evaluation_periods)
            why = reason(found, state, comparison=on.asked.comparison_operator, threshold=on.asked.threshold, rule=rule)
            self._stand(standing, state, why, reason_data(on, found, now), now)

    def _settle(self, now: float) -> None:
        """Composite alarms follow those below them, and one another, until nothing moves."""
        composites = {name: one.on for name, one in self._put.items() if isinstance(one.on, Rule)}
        for _ in composites:
            moved = [self._follow(name, rule, now) for name, rule in composites.items()]
            if not any(moved):
                break

    def _follow(self, name: str, rule: Rule, now: float) -> bool:
        standing = self._put[name]
        state: State = "ALARM" if rule.holds(self._state_of) else "OK"
        if state == standing.state:
            return False
        below = [name for name in rule.names if self._state_of(name) == "ALARM"] or rule.names
        mover = max(below, key=self._moved_at, default=None)
        if mover is None or standing.reason == UNCHECKED:
            why = new_composite_reason(self._arn(name), state)
        else:
            why = composite_reason(self._arn(mover), self._state_of(mover) or "OK", self._moved_at(mover))
        self._stand(standing, state, why, None, now)
        return True

    def _stand(self, standing: Standing, state: State, why: str, facts: bytes | None, now: float) -> None:
        moved = state != standing.state
        made = replace(
            standing,
            state=state,
            reason=why,
            reason_data=facts,
            updated_at=now,
            moved_at=now if moved else standing.moved_at,
        )
        self._put[made.name] = made
        if moved:
            told: dict[str, object] = {
                "version": "1.0",
                "oldState": {"stateValue": standing.state, "stateReason": standing.reason},
                "newState": {"stateValue": state, "stateReason": why},
            }
            self._happened(made, now, "StateUpdate", f"Alarm updated from {standing.state} to {state}", told)
            self._notices += notices_of(made, standing.state, self._arn(made.name), now)

    def _happened(self, standing: Standing, now: float, kind: str, summary: str, story: dict[str, object]) -> None:
        event = {"alarm": standing.name, "of": standing.kind, "at": now, "kind": kind, "summary": summary}
        self._history.add(msgspec.convert({**event, "story": msgspec.json.encode(story)}, Event))

    def _rule(self, asked: PutCompositeAlarm) -> Rule:
        rule = Rule(asked.alarm_rule)
        unknown = [name for name in rule.names if self._state_of(name) is None]
        if unknown:
            raise AwsError(
                "ValidationError",
                f"Could not save the composite alarm as alarms [{', '.join(unknown)}] in the alarm rule do not exist",
            )
        if self._reaches(rule.names, asked.alarm_name):
            raise AwsError("ValidationError", "The alarm rule makes a cycle of composite alarms")
        return rule

    def _reaches(self, names: Iterable[str], wanted: str) -> bool:
        waiting, seen = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name == wanted:
                return True
            if name not in seen and name in self._put:
                seen.add(name)
                waiting += self._children(name)
        return False

    def _children(self, name: str) -> list[str]:
        on = self._put[name].on if name in self._put else None
        return on.names if isinstance(on, Rule) else []

    def _related(self, alarm: Alarm | Standing, request: DescribeAlarms) -> bool:
        name = _name(alarm)
        child, parent = request.children_of_alarm_name, request.parents_of_alarm_name
        return (child is None or name in self._children(child)) and (parent is None or parent in self._children(name))

    def _known(self, names: Sequence[str]) -> list[Standing]:
        missing = [name for name in names if name not in self._put]
        if missing:
            raise AwsError("ResourceNotFound", f"Unknown alarm(s): {', '.join(missing)}", 404)
        return [self._put[name] for name in dict.fromkeys(names)]

    def _state_of(self, name: str) -> State | None:
        if name in self._pinned:
            return self._pinned[name].state_value
        return self._put[name].state if name in self._put else None

    def _moved_at(self, name: str) -> float:
        return self._put[name].moved_at if name in self._put and name not in self._pinned else self._pinned_at

    def _all(self) -> list[Alarm | Standing]:
        alarms: dict[str, Alarm | Standing] = {**self._put, **self._pinned}
        return sorted(alarms.values(), key=_name)

    def _arn(self, name: str) -> str:
        return f"{self._arn_prefix}:{name}"

    def _shown(self, alarm: Alarm | Standing) -> dict[str, object]:
        if isinstance(alarm, Standing):
            return shown(alarm, self._arn(alarm.name))
        fields: dict[str, object] = msgspec.to_builtins(alarm)
        return fields | {
            "AlarmRule": alarm.alarm_rule or None,
            "AlarmArn": self._arn(alarm.alarm_name),
            "ActionsEnabled": True,
            "StateUpdatedTimestamp": iso(self._pinned_at),
        }


def _name(alarm: Alarm | Standing) -> str:
    return alarm.name if isinstance(alarm, Standing) else alarm.alarm_name


def _wanted(alarm: Alarm | Standing, request: DescribeAlarms) -> bool:
    state = alarm.state if isinstance(alarm, Standing) else alarm.state_value
    actions = alarm.asked.actions(state) if isinstance(alarm, Standing) else ()
    return (
        alarm.kind in request.alarm_types
        and _name(alarm).startswith(request.alarm_name_prefix)
        and (not request.alarm_names or _name(alarm) in request.alarm_names)
        and request.state_value in {None, state}
        and (request.action_prefix is None or any(action.startswith(request.action_prefix) for action in actions))
    )
