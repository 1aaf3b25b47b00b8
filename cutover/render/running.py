"""What a running command shows while it runs: lines for people, NDJSON for programs."""

from typing import Any

from rich.text import Text

from cutover.core.models import MINUTE, Finding, Judgement, Side, Verdict, Why
from cutover.core.record import Event, Kind
from cutover.core.state import Phase, State
from cutover.core.words import milliseconds, percent, printable, roughly
from cutover.flow.outcome import Outcome
from cutover.flow.report import Tick
from cutover.render import documents
from cutover.render.gate_table import STYLE
from cutover.render.output import Output
from cutover.render.parts import clock_time, listed
from cutover.render.screens import event_line
from cutover.render.way_on import hints

# How often a line without news is shown where lines can't be overwritten: at every tenth of the bake.
TENTHS = 10
_SHORT = {"error-rate": "errors"}
_WHY = {
    Why.BAND: "between pass and fail",
    Why.SAMPLES: "too few requests",
    Why.BLIND: "no telemetry",
    Why.SHARE: "the traffic is not where the weights say",
    Why.COMMON: "both sides fail alike",
}


class TextReport:
    """One line an event; the newest look at the world below them, overwritten on a terminal."""

    def __init__(self, output: Output, *, ticks: bool = True) -> None:
        self._output, self._ticks = output, ticks
        self._shown: Any = None
        self._overwriting = False

    def event(self, event: Event, _: State) -> None:
        """A ledger line was written."""
        if not self._output.quiet and event.kind is not Kind.STOPPED:  # the end says that anyway
            self._leave_line()
            self._output.progress(event_line(event))

    def tick(self, tick: Tick) -> None:
        """The world was looked at: shown when something is new, or on a terminal always."""
        if self._output.quiet or not self._ticks:
            return
        if self._output.is_live:
            self._overwriting = True
            self._output.overwrite(tick_line(tick))
            return
        news = _news(tick)
        if news != self._shown:
            self._shown = news
            self._output.progress(listed(clock_time(tick.time), tick.label, _seen(tick)))

    def note(self, text: str) -> None:
        """Something that a person should know."""
        self._leave_line()
        self._output.warn(text)

    def end(self, outcome: Outcome) -> int:
        """The end of the command; returns the exit code."""
        self._leave_line()
        self._output.tell(outcome)
        return int(outcome.exit)

    def _leave_line(self) -> None:
        if self._overwriting:
            self._output.new_line()
            self._overwriting = False


class JsonReport:
    """One JSON document a line: ledger events, ticks, notes, and the end."""

    def __init__(self, output: Output, schema: str) -> None:
        self._output, self._schema = output, schema
        self._latest: dict[str, Any] = {"verdict": None, "findings": [], "bake": None}

    def event(self, event: Event, state: State) -> None:
        """A ledger line was written: with the state it leads to, and what was judged last."""
        known: dict[str, Any] = {
            "state": state.label,
            "phase": state.phase.value,
            "weights": documents.weights(state.weights),
        }
        known["asked_weight"] = state.weights.serverless if state.weights else None
        self._latest |= known
        self._write(self._latest | documents.event(event) | {"event": event.kind.value})

    def tick(self, tick: Tick) -> None:
        """The world was looked at."""
        self._latest = documents.tick(tick)
        self._write(self._latest)

    def note(self, text: str) -> None:
        """Something that a person should know."""
        self._write({"event": "note", "text": text})

    def end(self, outcome: Outcome) -> int:
        """The end of the command; returns the exit code."""
        self._write(self._latest | {"event": "end", "reason": outcome.text, **self._output.ending(outcome)})
        return int(outcome.exit)

    def _write(self, body: dict[str, Any]) -> None:
        self._output.document(self._schema, body, compact=True)


def tick_line(tick: Tick) -> Text:
    """One look at the world in one line."""
    return Text.assemble((clock_time(tick.time), "dim"), f"  {tick.label}  ", _seen(tick))


def _seen(tick: Tick) -> Text:
    parts: list[Any] = []
    if tick.clock:
        counted, required = (roughly(MINUTE * m) for m in (tick.clock.counted_minutes, tick.clock.required_minutes))
        parts.append(f"{counted}/{required}  ")
    if tick.trouble:
        parts.append((f"{printable(tick.trouble.text)}  ", "yellow"))
    if tick.judgement and tick.phase is Phase.STEADY:
        verdict = tick.judgement.verdict
        parts += [(f"{verdict.value.upper()}  ", STYLE[verdict]), _because(tick.judgement)]
    if tick.waiting and not tick.trouble:
        way_on = hints(tick.waiting.way_on)[0]
        parts.append((f"  waiting for {tick.waiting.rule}: {printable(tick.waiting.text)}; next: {way_on}", "yellow"))
    said = Text.assemble(*parts)
    said.rstrip()
    return said


def _because(judgement: Judgement) -> str:
    """The numbers of a pass; why it is anything else."""
    if judgement.verdict is Verdict.HOLD:
        held = [f for f in judgement.findings if f.verdict is Verdict.HOLD and f.why]
        why = held[0].why
        gates = dict.fromkeys(_SHORT.get(f.gate, f.gate) for f in held if f.why is why)
        if why is Why.SAMPLES and len(gates) > 1:
            gates.pop("telemetry", None)
        return f"{', '.join(gates)}: {_WHY[why] if why else ''}"
    deciding = [f for f in judgement.findings if f.verdict is judgement.verdict and f.side is Side.SERVERLESS]
    return "  ".join(_number(f, f.value) for f in deciding if f.gate in {"error-rate", "p95"} and f.value is not None)


def _number(finding: Finding, value: float) -> str:
    spelled = milliseconds if finding.gate == "p95" else percent
    name = _SHORT.get(finding.gate, finding.gate)
    if finding.verdict is Verdict.FAIL and finding.limit is not None:
        return f"{name} {spelled(value)}, over {spelled(finding.limit)}"
    return f"{name} {spelled(value)}" if finding.bound is None else f"{name} ≤ {percent(finding.bound)}"


def _news(tick: Tick) -> tuple[object, ...]:
    judgement, clock = tick.judgement, tick.clock
    return (
        tick.label,
        tick.trouble.text if tick.trouble else "",
        tick.waiting.rule if tick.waiting else "",
        judgement.verdict if judgement else None,
        tuple(f.why for f in judgement.findings) if judgement else (),
        int(clock.part * TENTHS) if clock else None,
    )
