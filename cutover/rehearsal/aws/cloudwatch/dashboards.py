"""The account's dashboards: PutDashboard's rules, and what is kept."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cutover.rehearsal.aws.cloudwatch.shapes import Shape
from cutover.rehearsal.aws.cloudwatch.times import iso
from cutover.rehearsal.aws.wire import AwsError

_COLUMNS, _ROWS = 24, 1000
_MOST_WIDGETS = 500
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "metric": ("region",),
    "text": ("markdown",),
    "log": ("query", "region"),
    "alarm": ("alarms",),
    "explorer": ("metrics",),
    "custom": ("endpoint",),
}
_LISTED_PER_PAGE = 1000

Found = tuple[str, str]  # where in the body, what is wrong there
DashboardName = Annotated[str, Meta(min_length=1, max_length=255, pattern="^[A-Za-z0-9_-]+$")]


class PutDashboard(Shape, frozen=True):
    """The request of that name."""

    dashboard_name: DashboardName
    dashboard_body: str


class GetDashboard(Shape, frozen=True):
    """The request of that name."""

    dashboard_name: DashboardName


class ListDashboards(Shape, frozen=True):
    """The request of that name."""

    dashboard_name_prefix: str = ""
    next_token: str | None = None


class DeleteDashboards(Shape, frozen=True):
    """The request of that name."""

    dashboard_names: tuple[DashboardName, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    body: str
    at: float


class DashboardShelf:
    """All dashboards; they belong to no region."""

    def __init__(self, account_id: str) -> None:
        self._arn_prefix = f"arn:aws:cloudwatch::{account_id}:dashboard"
        self._kept: dict[str, _Kept] = {}

    def put(self, request: PutDashboard, now: float) -> dict[str, object]:
        """Keep a dashboard if it can be drawn. Raises AwsError InvalidParameterInput, with what is wrong and where."""
        found = list(problems(request.dashboard_body))
        if found:
            raise AwsError(
                "InvalidParameterInput",
                f"The dashboard body is invalid, there are {len(found)} validation errors: "
                + "; ".join(f"{path}: {message}" for path, message in found),
            )
        self._kept[request.dashboard_name] = _Kept(request.dashboard_body, now)
        return {"DashboardValidationMessages": []}

    def get(self, request: GetDashboard) -> dict[str, object]:
        """One dashboard. Raises AwsError ResourceNotFound."""
        self._check([request.dashboard_name])
        name = request.dashboard_name
        return {
            "DashboardArn": self._arn(name),
            "DashboardBody": self._kept[name].body,
            "DashboardName": name,
        }

    def listed(self, request: ListDashboards) -> dict[str, object]:
        """Those whose names begin so, in order; a page holds more than any rehearsal makes."""
        names = sorted(name for name in self._kept if name.startswith(request.dashboard_name_prefix))
        return {
            "DashboardEntries": [
                {
                    "DashboardName": name,
                    "DashboardArn": self._arn(name),
                    "LastModified": iso(self._kept[name].at),
                    "Size": len(self._kept[name].body.encode()),
                }
                for name in names[:_LISTED_PER_PAGE]
            ]
        }

    def delete(self, request: DeleteDashboards) -> dict[str, object]:
        """Forget them, all or none. Raises AwsError ResourceNotFound."""
        self._check(request.dashboard_names)
        for name in set(request.dashboard_names):
            del self._kept[name]
        return {}

    def _check(self, names: tuple[str, ...] | list[str]) -> None:
        missing = [name for name in names if name not in self._kept]
        if missing:
            raise AwsError("ResourceNotFound", f"Dashboard {', '.join(missing)} does not exist", 404)

    def _arn(self, name: str) -> str:
        return f"{self._arn_prefix}/{name}"


def problems(body: str) -> Iterator[Found]:
    """What PutDashboard would refuse; pure."""
    try:
        content = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        yield "", f"The dashboard body is not valid JSON: {error}"
        return
    widgets = content.get("widgets") if isinstance(content, dict) else None
    if not isinstance(widgets, list):
        yield "/widgets", "The field widgets must be present and a list"
        return
    if len(widgets) > _MOST_WIDGETS:
        yield "/widgets", f"Should have at most {_MOST_WIDGETS} items"
    for place, widget in enumerate(widgets):
        yield from _of_widget(f"/widgets/{place}", widget)


def _of_widget(path: str, widget: Any) -> Iterator[Found]:
    if not isinstance(widget, dict) or not isinstance(widget.get("properties"), dict):
        yield path, "Should be an object with properties"
        return
    yield from _of_place(path, widget)
    kind, properties = widget.get("type"), widget["properties"]
    if not isinstance(kind, str) or kind not in _NEEDED:
        yield f"{path}/type", f"Should match one of {sorted(_NEEDED)}"
        return
    for name in _NEEDED[kind]:
        if name not in properties:
            yield f"{path}/properties", f"Should have property '{name}'"
    if kind == "metric":
        yield from _of_metrics(f"{path}/properties", properties)


def _of_place(path: str, widget: Mapping[str, Any]) -> Iterator[Found]:
    numbers: Mapping[str, tuple[Callable[[int], bool], str]] = {
        "x": (lambda value: 0 <= value < _COLUMNS, "from 0 to 23"),
        "y": (lambda value: value >= 0, "0 or more"),
        "width": (lambda value: 1 <= value <= _COLUMNS, "from 1 to 24"),
        "height": (lambda value: 1 <= value <= _ROWS, "from 1 to 1000"),
    }
    for name, (fits, says) in numbers.items():
        value = widget.get(name)
        if value is not None and not (type(value) is int and fits(value)):
            yield f"{path}/{name}", f"Should be a whole number {says}"
            return
    if widget.get("x", 0) + widget.get("width", 6) > _COLUMNS:
        yield path, f"x and width together are more than {_COLUMNS} columns"


def _of_metrics(path: str, properties: Mapping[str, Any]) -> Iterator[Found]:
    metrics = properties.get("metrics")
    if metrics is None and isinstance(properties.get("annotations"), dict):
        return  # a widget may show alarms alone
    if not isinstance(metrics, list) or not metrics:
        yield f"{path}/metrics", "Should be a list of metrics"
        return
    for place, metric in enumerate(metrics):
        said = _of_metric(metric, metrics[place - 1] if place else None)
        if said:
            yield f"{path}/metrics/{place}", said


def _of_metric(metric: Any, before: Any) -> str:
    """What is wrong with one entry: [{expression}] or [namespace, name, (dimension, value)…, {options}]."""
    if not isinstance(metric, list) or not metric:
        return "Should be a list"
    *front, last = metric
    names = front if isinstance(last, dict) else metric
    if not names:
        return "" if isinstance(last.get("expression"), str) else "Should have an expression or a metric"
    if not all(isinstance(name, str) for name in names):
        return "Should be strings, and options at the end"
    if "..." in names:
        return "" if isinstance(before, list) else "There is no metric before it to repeat"
    if len(names) < 2 or len(names) % 2:
        return "Should be a namespace, a name, and pairs of dimension and value"
    return "There is no metric before it to repeat" if "." in names and before is None else ""
