"""What to do next, so that it can be copied: each command on a line of its own, what it is for behind a `#`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Commands that sentences name; each must be spelled with the global options of whoever says it.
NAMES = "|".join((
    "status", "shift", "rollback", "run", "check", "history", "init", "compare", "verify", "resume",
    "lock (?:show|break)", "export bundle", "adopt", "drill", "pause", "plan", "promote",
    "dashboard (?:list|annotate|preview(?: [a-z]+)?)",
    "cost", "decommission (?:plan|hold|drain|archive|delete|approve)",
    "reindex (?:plan|run|status|verify|swap|rollback|prune)"
    "(?: (?:moc_instructions|gallery_images|wishlist_items|all)\\b)?",
    "load run(?: [^ ;,]+ --target [^ ;,]+)?", "load report(?: [^ ;,]+)?",
    "freeze rm f[0-9]+", "freeze (?:add|list|rm)", "doctor", "drift", "gates (?:explain|backtest)",
))  # fmt: skip
# Our commands with their options, or AWS's own for the day when this tool is gone.
_COMMAND = re.compile(
    rf"cutover (?:{NAMES})\b"
    r'(?: --[a-z-]+(?: (?:[a-z-]+=)?(?:"[^"]*"|(?:dns|kill|adopt|restore|[0-9a-f]+)\b))?)*'
    r"|aws (?:route53|s3api) .+"
)
_JOINING = re.compile(r"^(?:,? ?(?:or|then)\b)?[ ,:]*|[ ,:]*(?:\bor|\bthen)?[ ,:]*$")


@dataclass(frozen=True, slots=True)
class Hint:
    """A command and what it is for; only the latter where there is nothing to type."""

    command: str
    remark: str

    def __str__(self) -> str:
        return "  # ".join(part for part in (self.command, self.remark) if part)


def hints(way_on: str) -> Sequence[Hint]:
    """The parts of an outcome's way on, in their order."""
    return [hint for clause in way_on.split("; ") for hint in _of_clause(clause)]


def _of_clause(clause: str) -> Sequence[Hint]:
    commands = list(_COMMAND.finditer(clause))
    if not commands:
        return [Hint("", clause)]
    ends = [*(command.start() for command in commands[1:]), len(clause)]
    said = [_bare(clause[command.end() : end]) for command, end in zip(commands, ends, strict=True)]
    said[0] = ": ".join(filter(None, (_bare(clause[: commands[0].start()]), said[0])))
    return [Hint(command[0], remark) for command, remark in zip(commands, said, strict=True)]


def _bare(remark: str) -> str:
    """Without the words and signs that joined it to a command."""
    return _JOINING.sub("", remark)
