"""Which revisions the backend of before bears, and what on-call is told of those that it does not."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa
from alembic import context, op
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from service.db.migrations import gate
from service.db.migrations.refusal import MigrationRefused
from service.db.migrations.words import statements_in

MIGRATIONS = Path(gate.__file__).parent


def released() -> list[Script]:
    """Every revision of this release, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [*ScriptDirectory.from_config(config).walk_revisions()][::-1]


def revision(*statements: str, **declared: Any) -> Script:
    """A revision that runs these statements."""

    def upgrade() -> None:
        for statement in statements:
            op.execute(statement)

    module = SimpleNamespace(upgrade=upgrade, **declared)
    return cast(Script, SimpleNamespace(revision="0099", module=module))


def objections_to(*statements: str) -> list[tuple[str, str]]:
    """What speaks against a revision: subjects and reasons."""
    found = [finding.objection for finding in gate.all_findings(revision(*statements))]
    return [(one.subject, one.why) for one in found]


class TestThisRelease:
    """The revisions in the checkout."""

    @pytest.mark.parametrize("step", released(), ids=lambda step: step.revision)
    def test_each_revision_leaves_the_running_backend_alone_or_says_why_not(self, step: Script) -> None:
        found = [str(finding) for finding in gate.findings(step)]
        assert found == [] or gate.reason(step), "\n".join(found)

    @pytest.mark.parametrize("step", released(), ids=lambda step: step.revision)
    def test_what_is_accepted_is_there_to_be_accepted_and_has_a_reason(self, step: Script) -> None:
        accepted = gate.accepted_by(step)
        assert accepted.keys() <= {finding.objection.subject for finding in gate.all_findings(step)}
        assert all(len(reason) > 20 for reason in accepted.values())

    @pytest.mark.parametrize("step", released(), ids=lambda step: step.revision)
    def test_who_contracts_does_break_something(self, step: Script) -> None:
        assert gate.reason(step) is None or [*gate.findings(step)]

    def test_there_are_revisions(self) -> None:
        assert [step.revision for step in released()][:3] == ["0001", "0002", "0003"]

    def test_the_index_that_0003_builds_is_an_objection_that_it_accepts(self) -> None:
        (step,) = [step for step in released() if step.revision == "0003"]
        found = {finding.objection.subject for finding in gate.all_findings(step)}
        assert found == {"moc_parts_lists_source_key_unique"} == gate.accepted_by(step).keys()


HARMLESS = [
    "CREATE TABLE t (a int NOT NULL, b text UNIQUE, CHECK (a > 0))",
    "CREATE TABLE t (a uuid REFERENCES mocs (id) ON DELETE CASCADE, b uuid REFERENCES public.x ON DELETE SET NULL)",
    "ALTER TABLE mocs ADD COLUMN a text",
    "alter table only public.mocs add a text null",
    "ALTER TABLE mocs ADD COLUMN IF NOT EXISTS a integer DEFAULT 0 NOT NULL, ADD b boolean DEFAULT false",
    "ALTER TABLE mocs ADD COLUMN a timestamp NOT NULL DEFAULT now()",
    "ALTER TABLE mocs ADD COLUMN a numeric(10, 2) DEFAULT -1.5",
    "ALTER TABLE mocs ADD COLUMN a jsonb DEFAULT '{}'::jsonb NOT NULL",
    "ALTER TABLE mocs ADD COLUMN a text DEFAULT 'drop; -- not null'",
    "ALTER TABLE mocs ADD COLUMN a uuid REFERENCES x (id) ON DELETE SET NULL",
    "ALTER TABLE mocs ALTER COLUMN a SET DEFAULT 1, ALTER b SET STATISTICS 100",
    "ALTER TABLE mocs VALIDATE CONSTRAINT c",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON mocs (a, lower(b)) WHERE a IS NOT NULL",
    "COMMENT ON TABLE mocs IS 'DROP TABLE mocs'",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE VIEW v AS SELECT 1",
    "GRANT SELECT ON mocs TO reader",
    "/* DROP TABLE mocs; */ ALTER TABLE mocs ADD a text -- , DROP b",
]


@pytest.mark.parametrize("statement", HARMLESS)
def test_additions_are_harmless(statement: str) -> None:
    assert objections_to(statement) == []


BREAKING = [
    ("DROP TABLE mocs", "mocs", "still uses it"),
    ("DROP TABLE IF EXISTS public.mocs CASCADE", "public.mocs", "still uses it"),
    ("DROP VIEW v", "v", "still uses it"),
    ("ALTER TABLE mocs RENAME TO sets", "mocs", "old name"),
    ("ALTER TABLE mocs RENAME COLUMN a TO b", "mocs", "old name"),
    ("ALTER TABLE mocs DROP COLUMN a", "mocs.a", "reads and writes the column"),
    ("ALTER TABLE mocs ADD b text, DROP COLUMN IF EXISTS a", "mocs.a", "reads and writes the column"),
    ('ALTER TABLE "mocs" DROP "a"', "mocs.a", "reads and writes the column"),
    ("ALTER TABLE mocs DROP CONSTRAINT c", "mocs", "keeps out"),
    ("ALTER TABLE mocs ALTER COLUMN a TYPE bigint USING a::bigint", "mocs.a", "old type"),
    ("ALTER TABLE mocs ALTER a SET DATA TYPE bigint", "mocs.a", "old type"),
    ("ALTER TABLE mocs ALTER COLUMN a SET NOT NULL", "mocs.a", "still write NULL"),
    ("ALTER TABLE mocs ALTER COLUMN a DROP NOT NULL", "mocs.a", "not bear a NULL"),
    ("ALTER TABLE mocs ALTER COLUMN a DROP DEFAULT", "mocs.a", "leave the column out"),
    ("ALTER TABLE mocs ADD COLUMN a text NOT NULL", "mocs.a", "INSERTs of the running backend"),
    ("ALTER TABLE mocs ADD COLUMN a uuid DEFAULT gen_random_uuid()", "mocs.a", "every row of mocs is written anew"),
    ("ALTER TABLE mocs ADD COLUMN a timestamp DEFAULT clock_timestamp()", "mocs.a", "written anew"),
    ("ALTER TABLE mocs ADD COLUMN a bigserial", "mocs.a", "written anew"),
    ("ALTER TABLE mocs ADD COLUMN a int GENERATED ALWAYS AS IDENTITY", "mocs.a", "written anew"),
    ("ALTER TABLE mocs ADD COLUMN a text UNIQUE", "mocs.a", "mocs is locked"),
    ("ALTER TABLE mocs ADD COLUMN a int CHECK (a > 0)", "mocs.a", "mocs is locked"),
    ("ALTER TABLE mocs ADD COLUMN a uuid REFERENCES x (id)", "mocs.a", "from deleting there"),
    ("CREATE TABLE t (a uuid REFERENCES mocs (id))", "t", "refer to mocs keep the running backend from deleting"),
    ("CREATE TABLE t (a uuid, FOREIGN KEY (a) REFERENCES mocs ON DELETE RESTRICT)", "t", "from deleting"),
    ("CREATE TABLE t PARTITION OF mocs FOR VALUES IN (1)", "t", "can't be told"),
    ("ALTER TABLE mocs ADD CONSTRAINT c CHECK (a > 0) NOT VALID", "mocs", "the constraint forbids"),
    ("ALTER TABLE mocs ADD UNIQUE (a)", "mocs", "the constraint forbids"),
    ("CREATE UNIQUE INDEX CONCURRENTLY i ON mocs (a)", "i", "alike in these columns"),
    ("CREATE INDEX i ON mocs (a)", "i", "nobody can write to mocs"),
    ("DROP INDEX CONCURRENTLY i", "i", "may need it"),
    ("UPDATE mocs SET a = 1", "mocs", "rows that the running backend works with"),
    ("DELETE FROM ONLY mocs", "mocs", "rows that"),
    ("INSERT INTO mocs SELECT 1", "mocs", "rows that"),
    ("TRUNCATE TABLE mocs", "mocs", "rows that"),
    ("ALTER TABLE mocs OWNER TO x", "mocs", "can't be told"),
    ("ALTER TABLE mocs ALTER a SET STORAGE PLAIN", "mocs.a", "can't be told"),
    ("ALTER TYPE kind ADD VALUE 'x'", "alter type kind", "can't be told"),
    (
        "CREATE OR REPLACE FUNCTION f() RETURNS int AS $x$ SELECT 1; $x$ LANGUAGE sql",
        "create or replace",
        "can't be told",
    ),
    ("CREATE TRIGGER t BEFORE INSERT ON mocs EXECUTE FUNCTION f()", "create trigger t", "can't be told"),
    ("DO $$ BEGIN DROP TABLE mocs; END $$", "do '…'", "can't be told"),
    ("SET lock_timeout = 0", "set lock_timeout =", "can't be told"),
    ("REVOKE ALL ON mocs FROM lego", "revoke all on", "can't be told"),
    ("COMMENT ON TABLE mocs IS E'it\\'s'; DROP TABLE mocs", "mocs", "still uses it"),
    ("ALTER TABLE mocs ADD COLUMN a int NOT NULL DEFAULT NULL", "mocs.a", "INSERTs of the running backend"),
    ("ALTER TABLE mocs ALTER COLUMN a SET DEFAULT NULL", "mocs.a", "leave the column out"),
    ("COMMENT ON TABLE mocs IS $1$; DROP TABLE mocs; COMMENT ON TABLE mocs IS $1$", "mocs", "still uses it"),
]


@pytest.mark.parametrize(("statement", "subject", "why"), BREAKING)
def test_what_a_running_backend_would_notice_is_an_objection(statement: str, subject: str, why: str) -> None:
    [(found, reason)] = objections_to(statement)
    assert found == subject
    assert why in reason


def test_a_comment_within_a_comment_hides_nothing() -> None:
    hidden = "GRANT SELECT ON mocs TO x /* /* */ ' */; DROP TABLE mocs; --'"
    assert "/* /*" in [subject for subject, _ in objections_to(hidden)]


def test_a_table_of_the_revisions_own_may_be_treated_in_any_way() -> None:
    new = [
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD COLUMN b text NOT NULL, ADD UNIQUE (a), DROP COLUMN a",
        "CREATE UNIQUE INDEX i ON t (b)",
        "INSERT INTO t VALUES (1)",
        "CREATE TABLE u (a int REFERENCES t (b))",
    ]
    assert objections_to(*new) == []


@pytest.mark.parametrize(
    ("statement", "subject"),
    [
        ("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES mocs (id)", "t"),
        ("TRUNCATE t, mocs", "mocs"),
        ("INSERT INTO t WITH gone AS (DELETE FROM mocs RETURNING 1) SELECT * FROM gone", "t"),
    ],
)
def test_what_is_done_to_others_by_a_table_of_its_own_is_an_objection(statement: str, subject: str) -> None:
    assert [found for found, _ in objections_to("CREATE TABLE t (a int)", statement)] == [subject]


def test_a_table_that_is_put_in_the_place_of_another_is_not_its_own_before() -> None:
    again = ["ALTER TABLE mocs RENAME TO old", "CREATE TABLE mocs (a int)"]
    assert objections_to(*again) == [("mocs", "the running backend still uses the old name")]


def test_a_table_that_may_be_there_already_is_not_its_own() -> None:
    assert objections_to("CREATE TABLE IF NOT EXISTS mocs (a int)", "DELETE FROM mocs") != []


def test_an_index_may_be_dropped_to_be_built_again() -> None:
    again = "CREATE INDEX CONCURRENTLY i ON mocs (a)"
    assert objections_to("DROP INDEX CONCURRENTLY IF EXISTS i", again) == []
    assert len(objections_to("DROP INDEX IF EXISTS i", again)) == 1
    assert len(objections_to("DROP INDEX CONCURRENTLY IF EXISTS i, j", again)) == 1


def test_alembics_own_operations_are_looked_at_like_sql() -> None:
    def upgrade() -> None:
        op.drop_column("mocs", "a")
        op.alter_column("mocs", "b", nullable=False)

    step = cast(Script, SimpleNamespace(revision="0099", module=SimpleNamespace(upgrade=upgrade)))
    assert [one.objection.subject for one in gate.all_findings(step)] == ["mocs.a", "mocs.b"]


@pytest.mark.parametrize(
    "upgrade",
    [
        lambda: op.get_bind().scalar(cast(Any, "SELECT 1")),
        lambda: sa.inspect(op.get_bind()),
        context.is_offline_mode,
        lambda: op.run_async(cast(Any, None)),
    ],
)
def test_a_revision_that_looks_at_the_database_cannot_be_judged_before(upgrade: Callable[[], object]) -> None:
    step = cast(Script, SimpleNamespace(revision="0099", module=SimpleNamespace(upgrade=upgrade)))
    [finding] = gate.all_findings(step)
    assert "it looks at the database" in finding.objection.why


class TestTheWayOn:
    """What a run does about findings, and what it tells."""

    DROP = "ALTER TABLE mocs DROP COLUMN a"

    def test_nothing_to_object_to_passes(self) -> None:
        gate.check([revision("ALTER TABLE mocs ADD a text")], contract=False)

    @pytest.mark.parametrize("contract", [False, True])
    def test_what_is_not_declared_is_refused_whatever_the_run_allows(self, contract: bool) -> None:
        with pytest.raises(MigrationRefused) as refused:
            gate.check([revision("ALTER TABLE mocs ADD a text"), revision(self.DROP)], contract=contract)
        told = str(refused.value)
        assert "nothing was changed" in told
        assert "revision 0099: ALTER TABLE mocs DROP COLUMN a -- the running backend still reads" in told
        assert "Instead: add the new beside it" in told
        assert "contracts = " in told

    def test_what_is_declared_wants_to_be_allowed_and_says_how(self) -> None:
        step = revision(self.DROP, contracts="the old backend was deleted in May")
        with pytest.raises(gate.WouldBreak) as refused:
            gate.check([step], contract=False)
        told = str(refused.value)
        assert "revision 0099 says: the old backend was deleted in May" in told
        assert '--contract ({"contract": true})' in told
        assert [finding.objection.subject for finding in refused.value.findings] == ["mocs.a"]

    def test_and_runs_when_it_is(self) -> None:
        gate.check([revision(self.DROP, contracts="gone")], contract=True)

    def test_an_objection_that_the_file_answers_is_none(self) -> None:
        gate.check([revision(self.DROP, accepted={"mocs.a": "nobody ever wrote it"})], contract=False)

    def test_long_statements_are_told_in_one_line(self) -> None:
        (finding,) = gate.all_findings(revision("UPDATE mocs\nSET a = '" + "x" * 500 + "'"))
        assert len(finding.statement) == 201
        assert "\n" not in finding.statement


def test_quotes_and_comments_do_not_end_a_statement() -> None:
    sql = """SELECT 'a;b', "c;d", $x$ e; $x$, E'f\\';' -- ;
    ; /* ; */ SELECT 1;"""
    assert [words[0] for words in statements_in(sql)] == ["SELECT", "SELECT"]
