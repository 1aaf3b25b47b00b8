"""Metric math: grammar, operators, functions, and what is refused."""

import contextlib
import math
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover.rehearsal.aws.cloudwatch.frames import Frame
from cutover.rehearsal.aws.cloudwatch.metric_math.syntax import BadExpression, parsed
from cutover.rehearsal.aws.cloudwatch.metric_math.values import Line, Value
from cutover.rehearsal.aws.cloudwatch.queries import Evaluation, formula_of
from cutover.rehearsal.aws.cloudwatch.shapes import MetricDataQuery
from cutover.rehearsal.aws.cloudwatch.store import Datum, MetricStore, series_of
from cutover.rehearsal.aws.wire import AwsError
from tests.unit.cutover.rehearsal.aws.factories import NOON

START = int(NOON)
MINUTES = 4
GIVEN: Mapping[str, Mapping[int, float]] = {  # minute -> value
    "a": {0: 1, 1: 2, 2: 3, 3: 4},
    "b": {0: 10, 2: 0, 3: -5},
    "none": {},
}


def query(id_: str, **fields: Any) -> MetricDataQuery:
    return msgspec.convert({"Id": id_} | fields, MetricDataQuery)


def metric(id_: str, period: int = 60) -> MetricDataQuery:
    asked = {"Namespace": "app", "MetricName": id_, "Dimensions": [{"Name": "Node", "Value": f"n-{id_}"}]}
    return query(id_, MetricStat={"Metric": asked, "Period": period, "Stat": "Sum"})


def store() -> MetricStore:
    made = MetricStore(0.0)
    for id_, points in GIVEN.items():
        for minute, value in points.items():
            at = START + 60 * minute
            made.push(Datum(series_of("app", id_, {"Node": f"n-{id_}"}), "None", at, [value], [1.0]), at)
    return made


def worth(text: str, *others: MetricDataQuery) -> Value:
    formula = formula_of([*(metric(id_) for id_ in GIVEN), *others, query("e", Expression=text)])
    return Evaluation(formula, Frame(store(), START, START + 60 * MINUTES, NOON + 3600)).value("e")


def line(text: str, *others: MetricDataQuery) -> dict[int, float]:
    """The expression's values by minute."""
    value = worth(text, *others)
    assert isinstance(value, Line)
    return {(at - START) // 60: one for at, one in value.points.items()}


EVERYWHERE = dict.fromkeys(range(MINUTES), 0.0)
WORTH = {
    "a + b": {0: 11, 2: 3, 3: -1},
    "a - b * 2": {0: -19, 2: 3, 3: 14},
    "(a - b) * 2": {0: -18, 2: 6, 3: 18},
    "a / b": {0: 0.1, 3: -0.8},  # nothing where one would divide by zero
    "-a": {0: -1, 1: -2, 2: -3, 3: -4},
    "2 ^ a": {0: 2, 1: 4, 2: 8, 3: 16},
    "(0 - a) ^ 0.5 + a": {},  # no number
    "10 - 2 - a": {0: 7, 1: 6, 2: 5, 3: 4},
    "1.5e1 * .5 * a": {0: 7.5, 1: 15, 2: 22.5, 3: 30},
    "a > 2": {0: 0, 1: 0, 2: 1, 3: 1},
    "a >= 2 AND b < 1": {0: 0, 2: 1, 3: 1},
    "a == 1 || a == 4": {0: 1, 1: 0, 2: 0, 3: 1},
    "a != 2 && a <= 3": {0: 1, 1: 0, 2: 1, 3: 0},
    "FILL(b, 7)": {0: 10, 1: 7, 2: 0, 3: -5},
    "FILL(none, 0)": EVERYWHERE,  # also of a metric that has never been
    "FILL(b, a)": {0: 10, 1: 2, 2: 0, 3: -5},
    "FILL(b, REPEAT)": {0: 10, 1: 10, 2: 0, 3: -5},
    "FILL(b, LINEAR)": {0: 10, 1: 5, 2: 0, 3: -5},
    "FILL(none, REPEAT)": {},
    "IF(a > 2, a, 0)": {0: 0, 1: 0, 2: 3, 3: 4},
    "IF(a > 2, a)": {2: 3, 3: 4},
    "IF(a > 0, b, 9)": {0: 10, 2: 0, 3: -5},  # what is chosen is missing
    "IF(b, 1, 2)": {0: 1, 2: 2, 3: 1},
    "IF(FILL(none, 0) >= 20, 100 * a / none, 5)": dict.fromkeys(range(MINUTES), 5.0),
    "SUM([a, b])": {0: 11, 1: 2, 2: 3, 3: -1},
    "AVG([a, b])": {0: 5.5, 1: 2, 2: 1.5, 3: -0.5},
    "MIN([a, b, 2])": {0: 1, 1: 2, 2: 0, 3: -5},
    "MAX(METRICS())": {0: 10, 1: 2, 2: 3, 3: 4},
    'MAX(METRICS("a"))': {0: 1, 1: 2, 2: 3, 3: 4},
    "a / SUM(a)": {0: 0.1, 1: 0.2, 2: 0.3, 3: 0.4},
    "a - AVG(a)": {0: -1.5, 1: -0.5, 2: 0.5, 3: 1.5},
    "ABS(b)": {0: 10, 2: 0, 3: 5},
    "CEIL(a / 2) + FLOOR(a / 2)": {0: 1, 1: 2, 2: 3, 3: 4},
    "RATE(a) * PERIOD(a)": {1: 1, 2: 1, 3: 1},
    "SUM(ABS([a, b]) * 2)": {0: 22, 1: 4, 2: 6, 3: 18},
    "SUM(1 - [a, b])": {0: -9, 1: -1, 2: -1, 3: 3},
    "SUM(FILL([b, none], 1))": {0: 11, 1: 2, 2: 1, 3: -4},
    "SUM(SEARCH('{app,Node} MetricName=\"a\"', 'Sum', 60))": {0: 1, 1: 2, 2: 3, 3: 4},
}


@pytest.mark.parametrize(("text", "expected"), WORTH.items(), ids=WORTH.keys())
def test_an_expression_is_worth_its_value_in_each_period(text: str, expected: dict[int, float]) -> None:
    assert line(text) == pytest.approx(expected)


def test_expressions_stand_on_expressions() -> None:
    assert line("x * 2", query("x", Expression="a + y"), query("y", Expression="a")) == {0: 4, 1: 8, 2: 12, 3: 16}


REFUSED = {
    "": "Unexpected end",
    "a +": "Unexpected end",
    "a b": "Unexpected 'b'",
    "(a": "Expected '\\)', not the end",
    "[a": "Expected '\\]'",
    "FILL(a,)": "Unexpected '\\)'",
    "a $ b": "Unexpected '\\$'",
    "A + 1": "ids begin with a lower-case letter",
    "x": "Unknown id 'x'",
    "e + 1": "Circular reference: e -> e",
    "MEDIAN(a)": "Unknown function 'MEDIAN'",
    "FILL(a)": "FILL does not take 1 argument",
    "FILL(1, 0)": "FILL takes time series, not 'Scalar'",
    "FILL(a, [b])": "FILL takes a value",
    "FILL(a, 'x')": "FILL does not take 'x'",
    "IF(1, 2, 3)": "IF takes at least one time series",
    "IF([a], 1, 2)": "IF takes numbers and time series, not 'Array of time series'",
    "'x' + a": "Unsupported operand",
    "[a] + [b]": "Unsupported operand",
    "1 / 0": "Division by zero",
    "ABS('x')": "ABS takes no string",
    "METRICS(1)": "METRICS takes a string",
    "SEARCH(1, 'Sum', 60)": "SEARCH takes a search",
    "SEARCH('{app}', 'Mode', 60)": "statistic 'Mode'",
    "SEARCH('(a', 'Sum', 60)": "parenthesis",
    "SEARCH('a OR', 'Sum', 60)": "a term is missing",
    "SEARCH('a )', 'Sum', 60)": "unexpected",
    "ANOMALY_DETECTION_BAND()": "ANOMALY_DETECTION_BAND does not take 0",
    "ANOMALY_DETECTION_BAND(a, 0)": "a number above zero",
    "ANOMALY_DETECTION_BAND([a])": "one time series",
    "(" * 200 + "a" + ")" * 200: "nested too deeply",
}


@pytest.mark.parametrize(("text", "says"), REFUSED.items(), ids=[key[:30] for key in REFUSED])
def test_what_means_nothing_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(AwsError, match=says) as caught:
        worth(text)
    assert caught.value.code == "ValidationError"
    assert caught.value.message.startswith("Error in expression 'e'")


def test_metrics_of_several_periods_do_not_mix() -> None:
    with pytest.raises(AwsError, match="metrics of one period"):
        worth("a + slow", metric("slow", 300))


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ('{app,Node} MetricName=("a" OR "b")', ["n-a", "n-b"]),
        ('{app,Node} NOT MetricName="a"', ["n-b"]),
        ("{app,Node} Node=N", ["n-a a", "n-b b"]),
        ("{app,Node} n b", ["n-b"]),
        ('app AND (MetricName=a OR Node="n-b")', ["n-a a", "n-b b"]),
        ("{app,Other} a", []),
        ("{app} a", []),
        ("{other,Node}", []),
    ],
)
def test_a_search_finds_what_its_terms_say(search: str, names: list[str]) -> None:
    value = worth(f"SEARCH('{search}', 'Sum', 60)")
    assert isinstance(value, tuple)
    assert sorted(one.label.split()[0] for one in value) == [name.split()[0] for name in names]


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "none", "1", "2.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", ">", "AND"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda text: f"-({text})"),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_arithmetic_is_pythons_where_both_sides_have_values(text: str) -> None:
    value = worth(f"FILL(a, 0) * 0 + {text}")
    assert isinstance(value, Line)
    python = text.replace("AND", "and")
    for at, one in value.points.items():
        minute = (at - START) // 60
        known = {name: points[minute] for name, points in GIVEN.items() if minute in points}
        expected = float(eval(python, {}, known))  # noqa: S307 - made of these five words
        if "AND" not in text:
            assert math.isclose(one, expected, abs_tol=1e-9)


@given(st.text(alphabet="ab1 +-*/()[],.'\"<>=&|^EFILORD", max_size=30))
def test_any_text_is_a_tree_or_refused(text: str) -> None:
    with contextlib.suppress(BadExpression):
        assert parsed(text) is not None


def test_a_band_knows_what_was_usual_and_no_more_of_what_came_before_the_metric() -> None:
    made, node = MetricStore(0.0), {"Node": "n-a"}
    for minute in range(60):
        made.push(Datum(series_of("app", "a", node), "None", START + 60 * minute, [100.0 + minute % 3], [1.0]), NOON)
    formula = formula_of([metric("a"), query("e", Expression="ANOMALY_DETECTION_BAND(FILL(a, 0), 2)")])
    frame = Frame(made, START, START + 3600, NOON + 7200)
    value = Evaluation(formula, frame).value("e")
    assert isinstance(value, tuple)
    high, low = value
    assert ([high.label, low.label], min(high.points)) == (["High", "Low"], START + 12 * 60)
    assert all(low.points[at] < 101 < high.points[at] for at in high.points)
    assert min(low.points.values()) > 85
