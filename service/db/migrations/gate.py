"""Whether pending revisions may run while the backend of before goes on serving: asked before anything is applied.

A revision's statements are written out without a database and held against `rules`. Its file may say, with reasons:

    accepted = {"index_name or table.column": "why this objection does not hold"}
    contracts = "why it breaks the backend of before, and how one knows that this is gone"

What contracts only runs when it is told to: `--contract`, or {"contract": true} for the Lambda function.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script
from sqlalchemy.exc import SQLAlchemyError

from service.db.migrations.refusal import MigrationRefused
from service.db.migrations.rules import Objection, Surroundings, built_index, created_table, objections
from service.db.migrations.words import statements_in

_SHOWN_CHARACTERS = 200
_DECLARE = 'Mend the revision; or say in its file: contracts = "why, and how one knows that the old backend is gone".'
_CONTRACT = 'When no old backend serves any more, on ECS or on Lambda, run it with --contract ({"contract": true}).'


@dataclass(frozen=True, slots=True)
class Finding:
    """One objection to one statement of a revision."""

    revision: str
    statement: str
    objection: Objection

    def __str__(self) -> str:
        told = self.objection
        return f"revision {self.revision}: {self.statement} -- {told.why}. Instead: {told.instead}"


class WouldBreak(MigrationRefused):
    """Pending revisions would break the backend that is still running; nothing was changed."""

    def __init__(self, findings: Sequence[Finding], way_on: str) -> None:
        self.findings = findings
        lines = "\n".join(f"  {finding}" for finding in findings)
        super().__init__(f"This would break the backend that is still running; nothing was changed.\n{lines}\n{way_on}")


@dataclass(slots=True)
class _Written:
    """Takes what Alembic writes instead of sending it."""

    parts: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.parts.append(text)

    def flush(self) -> None:
        """Nothing is kept back."""


def check(pending: Sequence[Script], *, contract: bool) -> None:
    """Let these revisions, oldest first, pass. Raises WouldBreak."""
    breaking = [(step, found) for step in pending if (found := list(findings(step)))]
    undeclared = [finding for step, found in breaking if reason(step) is None for finding in found]
    if undeclared:
        raise WouldBreak(undeclared, _DECLARE)
    if breaking and not contract:
        reasons = "; ".join(f"revision {step.revision} says: {reason(step)}" for step, _ in breaking)
        raise WouldBreak([finding for _, found in breaking for finding in found], f"{reasons}\n{_CONTRACT}")


def reason(step: Script) -> str | None:
    """Why the revision may contract, if it says so."""
    return getattr(step.module, "contracts", None) or None


def findings(step: Script) -> Iterator[Finding]:
    """What speaks against the revision and is not accepted by it."""
    accepted = accepted_by(step)
    return (finding for finding in all_findings(step) if finding.objection.subject not in accepted)


def accepted_by(step: Script) -> dict[str, str]:
    """What the revision accepts, and why."""
    return getattr(step.module, "accepted", {})


def all_findings(step: Script) -> Iterator[Finding]:
    """Everything that speaks against the revision."""
    try:
        parts = _written_out(step)
    except (AttributeError, NameError, TypeError, ValueError, SQLAlchemyError) as error:
        # There is no connection to look at, nor parameters without one, nor Alembic's environment.
        why = f"it looks at the database, so what it will do can't be known before ({error})"
        objection = Objection(step.revision, why, "write it as SQL that needs no look, such as IF NOT EXISTS")
        yield Finding(step.revision, "upgrade()", objection)
        return
    statements = [(part, words) for part in parts for words in statements_in(part)]
    new_tables: set[str] = set()  # up to the statement: before that, a name may be a table's that is in use
    around = Surroundings(new_tables, {index for _, words in statements if (index := built_index(words))})
    for part, words in statements:
        if table := created_table(words):
            new_tables.add(table)
        for objection in objections(words, around):
            yield Finding(step.revision, _shown(part), objection)


def _written_out(step: Script) -> Sequence[str]:
    """The revision's statements, one each, made without a database."""
    written = _Written()
    options = {"as_sql": True, "literal_binds": True, "output_buffer": written}
    with Operations.context(MigrationContext.configure(dialect_name="postgresql", opts=options)):
        step.module.upgrade()
    return written.parts


def _shown(statement: str) -> str:
    line = " ".join(statement.split()).rstrip(";")
    return line if len(line) <= _SHOWN_CHARACTERS else line[:_SHOWN_CHARACTERS] + "…"
