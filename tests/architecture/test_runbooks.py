"""Runbooks have the agreed form, lead where they say, and are all in the index."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from cutover.render.shell_variables import names
from cutover.settings import load
from tests.runbooks.page import Command, Page, read
from tests.runbooks.site import BEGINNINGS, FEW

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "runbooks"
EXAMPLE = RUNBOOKS / "cutover.example.toml"
INDEX, TEMPLATE = RUNBOOKS / "README.md", RUNBOOKS / "_template.md"
FORMS = {
    "alarms": (
        ("alarm", "severity", "owner", "last_rehearsed"),
        ("Meaning", "Impact", "Diagnosis", "Mitigation", "Undo", "Escalation"),
    ),
    "procedures": (
        ("severity", "owner", "last_rehearsed"),
        ("When", "Before", "Steps", "Check", "Undo", "Escalation"),
    ),
}
PAGES = sorted(path for folder in FORMS for path in (RUNBOOKS / folder).glob("*.md"))
DOCUMENTS = sorted([*RUNBOOKS.rglob("*.md"), *ROOT.glob("*.md")])
OF_THE_REHEARSAL = ("begins", "visitors")
FENCES = {"console", "text", "toml", "json"}
MOST_NOT_HERE = 20  # of all pages; each is a command that nobody has ever seen run
LEAST_REASON = 20  # characters: a word is no reason
MOST_LINES = 170
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TWELVE_DIGITS = re.compile(r"(?<![0-9a-f-])[0-9]{12}(?![0-9a-f])")
NAME = re.compile(r"(?<!\\)\$\{?([A-Z][A-Z_0-9]*)\b(?!:\?)")  # `${NAME:?}` asks for it itself
GIVEN = re.compile(r"(?:^|[;&\s])(?:export |read )?([A-Z][A-Z_0-9]*)(?==)")
# What a shell has by itself, and what "The shell" in the index says that a person brings.
BROUGHT = frozenset(
    {"CHECKOUT", "HOME", "PWD", "DATABASE_URL", "DEAD_LETTERS", "REDIS_URL", "SEARCH_URL", "SIGNED", "TOKEN"}
)
# Commands after which it is right to see anything: it tells which alarms are on.
SHOWS_ANYTHING = {
    ("watch", "aws cloudwatch describe-alarms"),
    ("on-call-handover", "aws cloudwatch describe-alarms"),
}
UNFINISHED = re.compile(r"\b(TODO|TBD|FIXME|XXX)\b")


def name_of(path: Path) -> str:
    """`alarms/search-red`."""
    return f"{path.parent.name}/{path.stem}"


def page_and_form(path: Path) -> tuple[Page, Sequence[str], Sequence[str]]:
    """The page, the keys of its front matter, its sections."""
    keys, sections = FORMS[path.parent.name]
    return read(path), keys, sections


def rehearsed(untried: int) -> str:
    """What the front matter says of a page with so many blocks that the tests can't run."""
    others = {0: "", 1: ", but for 1 block"}.get(untried, f", but for {untried} blocks")
    return f"every run of the tests{others}"


def test_there_are_pages_of_both_kinds() -> None:
    assert {path.parent.name for path in PAGES} == set(FORMS)
    assert len(PAGES) > 30


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_has_the_agreed_form(path: Path) -> None:
    page, keys, sections = page_and_form(path)
    assert [key for key in page.front if key not in OF_THE_REHEARSAL] == list(keys)
    assert page.front.get("visitors", FEW) == FEW
    assert page.front["last_rehearsed"] == rehearsed(len(page.not_here))
    assert page.begins in BEGINNINGS
    assert page.titles == list(sections)
    assert all(section.text.strip() for section in page.sections)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_is_short_and_finished_and_names_no_account(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MOST_LINES
    assert UNFINISHED.search(text) is None
    typed = [command.text for section in read(path).sections for block in section.blocks for command in block.commands]
    assert [text for text in typed if TWELVE_DIGITS.search(text)] == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_whatever_is_typed_stands_in_a_block_that_is_run(path: Path) -> None:
    page = read(path)
    assert {fence for section in page.sections for fence in section.fences} <= FENCES
    assert page.commands, "a page without a command that was tried helps nobody"
    indented = re.findall(r"^ {4}(?:aws|cutover|psql|curl|python3?) .*", _without_blocks(path), re.MULTILINE)
    assert indented == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_uses_no_variable_that_neither_the_settings_nor_the_page_itself_gives(path: Path) -> None:
    given = {*BROUGHT, *names(load(EXAMPLE))}
    for command in (one for section in read(path).sections for block in section.blocks for one in block.commands):
        here = set(GIVEN.findall(command.text))
        assert set(NAME.findall(command.text)) - given - here == set(), f"{path.name}:{command.line}"
        given |= here


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_what_is_to_be_seen_after_a_command_is_not_just_anything(path: Path) -> None:
    """A command that prints something has at least a word of it on the page."""
    vague = {command.text.partition(" --")[0] for command in read(path).commands if _is_vague(command)}
    assert vague == {text for stem, text in SHOWS_ANYTHING if path.stem == stem}


def _is_vague(command: Command) -> bool:
    shown = "".join(command.expected)
    return bool(shown) and not re.sub(r"[…|\s]", "", shown)


@pytest.mark.parametrize("path", [path for path in PAGES if path.parent.name == "alarms"], ids=name_of)
def test_the_page_of_an_alarm_has_its_name_and_begins_with_its_state(path: Path) -> None:
    page = read(path)
    assert page.front["alarm"] == path.stem
    assert page.title == f"lego-api-{path.stem}-STAGE"
    assert page.section("Diagnosis").commands, "nothing shows whether it is true"


def test_few_commands_have_never_been_run_and_each_says_why() -> None:
    blocks = [(path.name, block) for path in [*PAGES, INDEX] if path != INDEX for block in read(path).not_here]
    assert len(blocks) <= MOST_NOT_HERE
    assert [name for name, block in blocks if len(block.not_here or "") < LEAST_REASON] == []


def test_the_template_has_the_form_of_an_alarms_page() -> None:
    keys, sections = FORMS["alarms"]
    page = read(TEMPLATE)
    assert (list(page.front), page.titles) == (list(keys), list(sections))


def test_the_index_names_every_page_once_and_no_other() -> None:
    targets = [target.partition("#")[0] for target in LINK.findall(INDEX.read_text(encoding="utf-8"))]
    named = [target for target in targets if target.startswith(tuple(f"{folder}/" for folder in FORMS))]
    assert {path.relative_to(RUNBOOKS).as_posix() for path in PAGES} == set(named)
    others = {path.name for path in RUNBOOKS.glob("*.md")} - {INDEX.name}
    assert others <= set(targets)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target in LINK.findall(_without_blocks(path)):
        if "://" in target or target.startswith("mailto:"):
            continue
        file, _, anchor = target.partition("#")
        to = (path.parent / file).resolve() if file else path
        if not to.exists() or (anchor and anchor not in _anchors(to)):
            broken.append(target)
    assert broken == []


def _without_blocks(path: Path) -> str:
    """The text without fenced blocks and inline code, in which brackets are no links."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def _anchors(path: Path) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
