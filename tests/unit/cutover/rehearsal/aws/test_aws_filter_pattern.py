"""Filter patterns: which lines they find, and which patterns are refused."""

import pytest

from cutover.rehearsal.aws.cloudwatch_logs.filter_pattern import matcher
from cutover.rehearsal.aws.wire import AwsError

LINE = '{"level": "error", "status": 503, "ok": false, "gone": null, "user": {"id": "u-12"}, "codes": [4, 5]}'


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "error 503",
        '"level\\": \\"error"',
        "error -warning",
        "?nothing ?error",
        "%u-\\d+%",
        '{ $.level = "error" }',
        "{ $.level = err* && $.status >= 500 }",
        "{ $.status = 200 || $.status = 503.0 }",
        '{ ($.status < 100 || $.user.id = "u-12") && $.codes[1] = 5 }',
        "{ $.status != 200 }",
        "{ $.ok IS FALSE }",
        "{ $.gone IS NULL }",
        "{ $.missing NOT EXISTS }",
        '{ $["level"] = error }',
    ],
)
def test_a_line_is_found(pattern: str) -> None:
    assert matcher(pattern)(LINE)


@pytest.mark.parametrize(
    "pattern",
    [
        "error 504",
        "error -503",
        "?nothing ?nobody",
        "%u-[a-z]%",
        '{ $.level = "info" }',
        "{ $.status > 503 }",
        "{ $.level > 1 }",
        "{ $.missing = 1 }",
        "{ $.missing != 1 }",
        "{ $.ok IS TRUE }",
        "{ $.user = x }",
        "{ $.codes[9] = 5 }",
        "{ $.level.deeper = x }",
    ],
)
def test_a_line_is_not_found(pattern: str) -> None:
    assert not matcher(pattern)(LINE)


@pytest.mark.parametrize("line", ["plain text", "[1]", "{broken"])
def test_what_is_no_json_object_fits_no_json_pattern(line: str) -> None:
    assert not matcher("{ $.missing NOT EXISTS }")(line)


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a = 1",
        "{ }",
        "{ a = 1 }",
        "{ $.a }",
        "{ $.a ~ 1 }",
        "{ $.a > b }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a = 1 $.b = 2 }",
        "%(%",
        'an "open phrase',
        "[ip, user]",
    ],
)
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(AwsError, match="Invalid filter pattern"):
        matcher(pattern)
