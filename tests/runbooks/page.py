"""Reads a runbook: front matter, sections, and the commands of its `console` blocks with what one should see; pure."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROMPT, CONTINUED = "$ ", "\\"
_FENCE = re.compile(r"(?P<ticks>`{3,})(?P<word>[^\s`]*)[ ]*(?P<rest>.*)")
_EXITS = re.compile(r"exits (\d{1,3})")
_NOT_HERE = re.compile(r"not-here: (\S.*)")


class BadPage(ValueError):
    """Not a page of the agreed form; the message names the page, the line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed, with the line of its `$`, what one should see, and the exit code with which it ends."""

    line: int
    text: str
    expected: Sequence[str]
    exits: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One `console` block; `not_here` is the reason why the tests can't run it, None where they do."""

    line: int
    commands: Sequence[Command]
    not_here: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading of the second level; `fences` are the words of all its blocks, in order."""

    title: str
    line: int
    text: str
    blocks: Sequence[Block]
    fences: Sequence[str]

    @property
    def commands(self) -> Sequence[Command]:
        """Those that run in a rehearsal, in order."""
        return [command for block in self.blocks if block.not_here is None for command in block.commands]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole runbook; `begins` is the state that its front matter asks the stack for."""

    name: str
    front: Mapping[str, str]
    title: str
    sections: Sequence[Section]

    @property
    def begins(self) -> str:
        """Where the traffic is before the first command: `ecs` if the page does not say."""
        return self.front.get("begins", "ecs")

    @property
    def titles(self) -> Sequence[str]:
        """The sections' titles, in order."""
        return [section.title for section in self.sections]

    @property
    def commands(self) -> Sequence[Command]:
        """All that run in a rehearsal, in order."""
        return [command for section in self.sections for command in section.commands]

    @property
    def not_here(self) -> Sequence[Block]:
        """The blocks that do not."""
        return [block for section in self.sections for block in section.blocks if block.not_here is not None]

    def section(self, title: str) -> Section:
        """The one of that title. Raises BadPage."""
        for section in self.sections:
            if section.title == title:
                return section
        raise BadPage(f"{self.name}: there is no section {title!r}")


def read(path: Path) -> Page:
    """The page in that file. Raises BadPage."""
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text: str, name: str) -> Page:
    """The page in that text; `name` is for messages. Raises BadPage."""
    lines = text.splitlines()
    front, at = _front(lines, name)
    title, sections = "", []
    for heading, first, last in _parts(lines, at):
        if heading is None:
            title = _title(lines[first:last], name)
        else:
            fenced = list(_fenced(lines, first, last, name))
            blocks = [block for _, block in fenced if block is not None]
            body = "\n".join(lines[first:last])
            sections.append(Section(heading, first, body, blocks, [word for word, _ in fenced]))
    return Page(name, front, title, sections)


def _front(lines: Sequence[str], name: str) -> tuple[Mapping[str, str], int]:
    """What stands between the `---` lines, and the index of the line after them."""
    if not lines or lines[0] != "---":
        raise BadPage(f"{name}:1: front matter between two lines of --- comes first")
    found: dict[str, str] = {}
    for index, line in enumerate(lines[1:], start=1):
        if line == "---":
            return found, index + 1
        key, colon, value = line.partition(": ")
        if not colon or not key.isidentifier() or not value.strip() or key in found:
            raise BadPage(f"{name}:{index + 1}: a line of the front matter is `key: value`, each key once")
        found[key] = value.strip()
    raise BadPage(f"{name}:1: the front matter does not end")


def _parts(lines: Sequence[str], at: int) -> Iterator[tuple[str | None, int, int]]:
    """(heading, first line, line after the last), the first without a heading; headings in blocks are none."""
    heading, first, ticks = None, at, ""
    for index in range(at, len(lines)):
        fence = _FENCE.match(lines[index])
        if ticks:
            ticks = "" if lines[index].rstrip() == ticks else ticks
        elif fence:
            ticks = fence["ticks"]
        elif lines[index].startswith("## "):
            yield heading, first, index
            heading, first = lines[index][3:].strip(), index + 1
    yield heading, first, len(lines)


def _title(lines: Sequence[str], name: str) -> str:
    titles = [line[2:].strip() for line in lines if line.startswith("# ")]
    if len(titles) != 1:
        raise BadPage(f"{name}: one heading of the first level comes before the first section, not {len(titles)}")
    return titles[0]


def _fenced(lines: Sequence[str], first: int, last: int, name: str) -> Iterator[tuple[str, Block | None]]:
    """The word of each block, and the block itself if it is a console."""
    index = first
    while index < last:
        fence = _FENCE.match(lines[index])
        if not fence:
            index += 1
            continue
        end = next((at for at in range(index + 1, last) if lines[at].rstrip() == fence["ticks"]), None)
        if end is None:
            raise BadPage(f"{name}:{index + 1}: the block does not end")
        console = fence["word"] == "console"
        yield fence["word"], _block(lines, index, end, fence["rest"].strip(), name) if console else None
        index = end + 1


def _block(lines: Sequence[str], at: int, end: int, rest: str, name: str) -> Block:
    exits, not_here = _EXITS.fullmatch(rest), _NOT_HERE.fullmatch(rest)
    if rest and not exits and not not_here:
        raise BadPage(f"{name}:{at + 1}: after `console` stands nothing, `exits N` or `not-here: REASON`, not {rest!r}")
    commands = list(_commands(lines, at + 1, end, name))
    if not commands:
        raise BadPage(f"{name}:{at + 1}: a console block has a line that begins with `{PROMPT}`")
    if exits:
        last = commands[-1]
        commands[-1] = Command(last.line, last.text, last.expected, int(exits[1]))
    return Block(at + 1, commands, not_here[1] if not_here else None)


def _commands(lines: Sequence[str], first: int, end: int, name: str) -> Iterator[Command]:
    index = first
    while index < end:
        if not lines[index].startswith(PROMPT):
            raise BadPage(f"{name}:{index + 1}: a console block begins with a command")
        began, typed = index, [lines[index].removeprefix(PROMPT)]
        while typed[-1].endswith(CONTINUED) or _is_quoted_on("\n".join(typed)):
            index += 1
            if index >= end:
                raise BadPage(f"{name}:{began + 1}: the command is continued by nothing")
            typed.append(lines[index])
        index += 1
        seen = []
        while index < end and not lines[index].startswith(PROMPT):
            seen.append(lines[index])
            index += 1
        yield Command(began + 1, "\n".join(typed), seen)


def _is_quoted_on(text: str) -> bool:
    """Whether a quote is open: a shell asks for more."""
    try:
        shlex.split(text)
    except ValueError:
        return True
    return False
