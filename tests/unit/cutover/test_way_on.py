"""What to do next is told so that each command can be copied."""

import pytest

from cutover.render.way_on import hints


@pytest.mark.parametrize(
    ("way_on", "lines"),
    [
        ("cutover status", ["cutover status"]),
        ("", [""]),
        ("the same without --dry-run", ["the same without --dry-run"]),
        (
            "cutover run goes on; cutover rollback goes back",
            ["cutover run  # goes on", "cutover rollback  # goes back"],
        ),
        ("cutover check, until it is back", ["cutover check  # until it is back"]),
        ("mend the settings; then: cutover status", ["mend the settings", "cutover status"]),
        ("wait for it, or go back at once: cutover rollback", ["cutover rollback  # wait for it, or go back at once"]),
        (
            "cutover status; then cutover run to go on, or cutover rollback",
            ["cutover status", "cutover run  # to go on", "cutover rollback"],
        ),
        (
            'if that is right: cutover resume --reason "…" takes them as they are; if not: cutover rollback',
            ['cutover resume --reason "…"  # if that is right: takes them as they are', "cutover rollback  # if not"],
        ),
        (
            'cutover shift --override gates="reason" goes on against it',
            ['cutover shift --override gates="reason"  # goes on against it'],
        ),
        (
            "cutover shift --lambda-weight 20 --plan 3fa9c1d2e4b7",
            ["cutover shift --lambda-weight 20 --plan 3fa9c1d2e4b7"],
        ),
        (
            "cutover shift --lambda-weight 20 --dry-run shows what it would be",
            ["cutover shift --lambda-weight 20 --dry-run  # shows what it would be"],
        ),
        (
            "cutover rollback, again and again; or without this tool: aws route53 change --change-batch file:///x",
            ["cutover rollback  # again and again", "aws route53 change --change-batch file:///x  # without this tool"],
        ),
    ],
)
def test_every_command_has_a_line_of_its_own(way_on: str, lines: list[str]) -> None:
    assert [str(hint) for hint in hints(way_on)] == lines
