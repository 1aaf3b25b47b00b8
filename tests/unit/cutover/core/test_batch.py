"""The comment of a change batch, which Route 53 refuses with control characters in it."""

from cutover.core.batch import COMMENT_LIMIT, comment


def test_a_comment_holds_nothing_that_route_53_refuses() -> None:
    assert comment("pro\x07d", 3, "ada\n\ud800") == "cutover/pro d/3/ada  "


def test_a_comment_is_as_long_as_route_53_takes_it() -> None:
    assert len(comment("production", 3, "a" * 300)) == COMMENT_LIMIT
