"""What people do with the service, by the hour."""

from dashboards import metrics, warning
from dashboards.boards import sides
from dashboards.boards.board import Board
from dashboards.model import Metric
from dashboards.places import both
from dashboards.widgets import BOTH, FORBIDDEN, HOUR, Row, Widget, alarm_row, graph, limit, math, numbers, pages, text

_ALARMS = (warning.PARTS_LISTS_FAILING, warning.SEARCH_FALLBACK, warning.TRAFFIC_GONE)
_DONE = (
    ("mocs", metrics.MOCS_CREATED, "MOCs created"),
    ("images", metrics.IMAGES_UPLOADED, "images uploaded"),
    ("files", metrics.FILES_UPLOADED, "files uploaded"),
    ("searches", metrics.SEARCHES, "searches"),
    ("lists", metrics.PARTS_LISTS_PARSED, "parts lists parsed"),
)


def _sum(id_: str, metric: Metric, label: str, **options: str) -> list[Row]:
    return sides.added(id_, both(f"{id_}of", metric), label, **options)


def _by_hour(id_: str, metric: Metric, label: str) -> Widget:
    rows = _sum(id_, metric, "both sides", color=BOTH)
    drawn = [*sides.apart(both(f"{id_}on", metric)), *rows]
    return graph(f"{label.capitalize() if label[1].islower() else label} per hour", drawn, unit="", period_seconds=HOUR)


def _parts_lists() -> list[Widget]:
    lists = [
        *_sum("parsed", metrics.PARTS_LISTS_PARSED, "parsed", color=BOTH),
        *_sum("failed", metrics.PARTS_LISTS_FAILED, "failed", color=FORBIDDEN),
        math("share", "100 * failed / (parsed + failed)", "failed, %", yAxis="right"),
    ]
    return [
        graph(
            "Parts lists per hour",
            lists,
            unit="lists",
            right="%",
            limits=[limit(warning.PARTS_LISTS_FAILING, right=True)],
            period_seconds=HOUR,
        ),
        graph(
            "Rows of parts lists left out, per hour",
            _sum("rejected", metrics.PARTS_ROWS_REJECTED, "rows"),
            unit="rows",
            period_seconds=HOUR,
        ),
    ]


def _searches() -> list[Widget]:
    by = [
        *_sum("engine", metrics.SEARCHES_BY_ENGINE, "by OpenSearch"),
        *_sum("database", metrics.SEARCHES_BY_DATABASE, "by PostgreSQL"),
    ]
    return [
        _by_hour("searches", metrics.SEARCHES, "searches performed"),
        graph("Searches per hour, by what answered", by, unit="searches", period_seconds=HOUR),
    ]


BOARD = Board(
    name="business",
    title="What people do",
    says="By the hour, of both sides together.",
    start="-P7D",
    rows=[
        [numbers("The newest hour", [row for one in _DONE for row in _sum(*one)], period_seconds=HOUR, height=4)],
        [
            _by_hour("mocs", metrics.MOCS_CREATED, "MOCs created"),
            _by_hour("images", metrics.IMAGES_UPLOADED, "images uploaded"),
            _by_hour("files", metrics.FILES_UPLOADED, "files uploaded"),
        ],
        _searches(),
        _parts_lists(),
        [alarm_row("Alarms about what people do", _ALARMS)],
        [text(pages(_ALARMS))],
    ],
)
