"""State machines run as Step Functions would: of its language what our definitions use, and its limit on data."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_BYTES = 256 * 1024  # of what one state hands to the next
MOST_STEPS = 1000
_INVOKE = ":states:::lambda:invoke"
_PART = re.compile(r"\.([A-Za-z_]+)|\[(\d+)\]")
_MISSING = object()

Json = Any
Function = Callable[[Json], Json]


class TooLarge(Exception):
    """A state was handed more than Step Functions hands on."""


class Failed(Exception):
    """A task raised what its state does not repeat, or too often."""


def definition_of(machine: Mapping[str, Any]) -> dict[str, Any]:
    """The definition of a state machine in a template; functions are named by their logical ids."""
    value = machine["Properties"]["DefinitionString"]
    separator, parts = value["Fn::Join"]
    read: dict[str, Any] = json.loads(separator.join(_text(part) for part in parts))
    return read


def _text(part: Any) -> str:
    match part:
        case str():
            return part
        case {"Ref": name}:
            return str(name)
        case {"Fn::GetAtt": [name, "Arn"]}:
            return str(name)
    raise ValueError(f"a definition with {part}")


@dataclass
class Run:
    """One execution. `functions` by the names that the definition has for them; `visited`: its states, in order."""

    functions: Mapping[str, Function]
    visited: list[str] = field(default_factory=list)
    most_bytes: int = 0

    def run(self, definition: Mapping[str, Any], given: Json, item: Json = None) -> Json:
        """The output. `item`: of the map that this is a part of. Raises Failed and TooLarge."""
        name, data = definition["StartAt"], given
        for _ in range(MOST_STEPS):
            state = definition["States"][name]
            self.visited.append(name)
            self._weigh(name, data)
            data, following = self._step(state, data, item)
            self._weigh(name, data)
            if following is None:
                return data
            name = following
        raise Failed(f"it does not end: {self.visited[-5:]}")

    def _step(self, state: Mapping[str, Any], data: Json, item: Json) -> tuple[Json, str | None]:
        """What a state makes of its input, and the state that follows; None: it was the last."""
        match state["Type"]:
            case "Task":
                answer = self._task(state, _shaped(state["Parameters"], data, item))
                return _at(state["OutputPath"], answer, item), state.get("Next")
            case "Choice":
                return data, self._chosen(state, data)
            case "Pass":
                return _shaped(state["Parameters"], data, item), state.get("Next")
            case "Succeed":
                return _at(state["OutputPath"], data, item), None
            case "Map":
                return self._map(state, data), state.get("Next")
        raise ValueError(f"a state of type {state['Type']}")

    def _task(self, state: Mapping[str, Any], parameters: Json) -> Json:
        if not state["Resource"].endswith(_INVOKE):
            raise ValueError(f"a task of {state['Resource']}")
        function = self.functions[parameters["FunctionName"]]
        tries = 0
        while True:
            try:
                return {"StatusCode": 200, "Payload": _over_the_wire(function(_over_the_wire(parameters["Payload"])))}
            except Exception as error:
                allowed = _attempts(state, type(error).__name__)
                if tries >= allowed:
                    raise Failed(f"{type(error).__name__}: {error}") from error
                tries += 1

    def _chosen(self, state: Mapping[str, Any], data: Json) -> str:
        for choice in state["Choices"]:
            found = _at(choice["Variable"], data, None, default=_MISSING) is not _MISSING
            if found == choice["IsPresent"]:
                return str(choice["Next"])
        return str(state["Default"])

    def _map(self, state: Mapping[str, Any], data: Json) -> Json:
        items = _at(state["ItemsPath"], data, None)
        self._weigh("the items", items)
        answers = [self.run(state["ItemProcessor"], _shaped(state["ItemSelector"], data, one), one) for one in items]
        self._weigh("the map's answers", answers)
        if state.get("ResultPath", "$") is not None:
            raise ValueError("a map whose answers are kept")
        return data

    def _weigh(self, where: str, data: Json) -> None:
        size = len(json.dumps(data).encode())
        self.most_bytes = max(self.most_bytes, size)
        if size > MOST_BYTES:
            raise TooLarge(f"{where}: {size} bytes")


def _attempts(state: Mapping[str, Any], error: str) -> int:
    """How often a state repeats what raised that error."""
    return next((int(one["MaxAttempts"]) for one in state.get("Retry", ()) if error in one["ErrorEquals"]), 0)


def _shaped(shape: Json, data: Json, item: Json) -> Json:
    if not isinstance(shape, dict):
        return shape
    return {
        key.removesuffix(".$"): _at(value, data, item) if key.endswith(".$") else _shaped(value, data, item)
        for key, value in shape.items()
    }


def _at(path: str, data: Json, item: Json, default: Json = None) -> Json:
    """What a path, or a call of States.Format, stands for. Raises KeyError where there is nothing and no default."""
    if path == "$$.Map.Item.Value":
        return item
    if path.startswith("States.Format("):
        text, *arguments = (part.strip() for part in path.removeprefix("States.Format(").removesuffix(")").split(","))
        return text.strip("'").format(*(_at(argument, data, item) for argument in arguments))
    found = data
    for name, number in _PART.findall(path.removeprefix("$")):
        try:
            found = found[name] if name else found[int(number)]
        except (KeyError, IndexError):
            if default is None:
                raise
            return default
    return found


def _over_the_wire(data: Json) -> Json:
    return json.loads(json.dumps(data))
