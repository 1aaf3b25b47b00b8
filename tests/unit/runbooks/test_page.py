"""What is read from a runbook, and what is refused."""

import textwrap

import pytest

from tests.runbooks.page import BadPage, Command, parse

PAGE = textwrap.dedent(
    """\
    ---
    alarm: gateway-5xx
    begins: at-50
    ---
    # lego-api-gateway-5xx-STAGE

    ## Diagnosis

    Look first.

    ```console
    $ cutover status
    Lambda 50%
    …
    $ aws cloudwatch describe-alarms \\
        --output text
    ```

    ```text
    $ not typed
    ## no heading
    ```

    ## Mitigation

    ```console exits 3
    $ export A=1
    $ cutover check
    FAIL
    ```

    ```console not-here: it never ends
    $ aws logs tail --follow
    ```
    """
)
STATUS, ALARMS = (
    Command(12, "cutover status", ["Lambda 50%", "…"]),
    Command(15, "aws cloudwatch describe-alarms \\\n    --output text", []),
)


def test_a_page_is_read_with_its_lines() -> None:
    page = parse(PAGE, "a.md")
    assert (page.title, page.front["alarm"], page.begins) == ("lego-api-gateway-5xx-STAGE", "gateway-5xx", "at-50")
    assert page.titles == ["Diagnosis", "Mitigation"]
    assert page.section("Diagnosis").commands == [STATUS, ALARMS]
    assert page.section("Diagnosis").fences == ["console", "text"]


def test_an_exit_code_is_that_of_a_blocks_last_command() -> None:
    first, last = parse(PAGE, "a.md").section("Mitigation").commands
    assert (first.exits, last.exits, last.expected) == (0, 3, ["FAIL"])


def test_what_can_not_run_here_is_kept_apart_with_its_reason() -> None:
    [block] = parse(PAGE, "a.md").not_here
    assert (block.line, block.not_here) == (32, "it never ends")
    assert "aws logs tail --follow" not in [command.text for command in parse(PAGE, "a.md").commands]


def test_a_page_that_does_not_say_it_begins_on_ecs() -> None:
    assert parse(PAGE.replace("begins: at-50\n", ""), "a.md").begins == "ecs"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("---\nalarm", "alarm", "a.md:1: front matter"),
        ("begins: at-50", "begins:", "a.md:3: a line of the front matter"),
        ("begins: at-50", "alarm: other", "a.md:3: a line of the front matter"),
        ("# lego-api-gateway-5xx-STAGE", "gateway", "one heading"),
        ("console exits 3", "console exit 3", "a.md:26: after `console`"),
        ("not-here: it never ends", "not-here:", "a.md:32: after `console`"),
        ("$ cutover status\n", "", "a.md:12: a console block begins with a command"),
        ("    --output text\n```", "```", "a.md:15: the command is continued by nothing"),
        ("$ aws logs tail --follow\n```\n", "$ aws logs tail --follow\n", "a.md:32: the block does not end"),
        ("$ aws logs tail --follow\n", "", "a.md:32: a console block has a line"),
    ],
)
def test_what_has_another_form_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    assert old in PAGE
    with pytest.raises(BadPage, match=message):
        parse(PAGE.replace(old, new), "a.md")


def test_a_front_matter_without_an_end_is_refused() -> None:
    with pytest.raises(BadPage, match="does not end"):
        parse("---\nalarm: gateway-5xx", "a.md")


def test_an_open_quote_goes_on_in_the_next_line() -> None:
    page = parse("---\na: b\n---\n# T\n\n## S\n\n```console\n$ python -c 'a = 1\nprint(a)'\n1\n```\n", "a.md")
    assert page.commands == [Command(9, "python -c 'a = 1\nprint(a)'", ["1"])]


def test_a_section_that_is_not_there_is_named() -> None:
    with pytest.raises(BadPage, match="'Undo'"):
        parse(PAGE, "a.md").section("Undo")
