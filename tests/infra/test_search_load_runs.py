"""The state machine of a distributed reindex, as its template has it, with the functions themselves on real servers."""

import importlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest

from cutover.core.reindex.models import DatabaseUnreachable, ReindexStopped
from cutover.reindex import task
from cutover.reindex.task import Servers
from infra.package.artifacts import Artifacts
from infra.stacks.search_load import SearchLoadStack
from infra.stages.production import PRODUCTION
from tests.infra import conftest
from tests.infra.states import Failed, Run, definition_of
from tests.integration.postgres import database, migrated_template, postgres
from tests.integration.reindex.aliases import MOCS, ROWS, Heard, Place, place
from tests.integration.servers import logs, search_server

__all__ = ["database", "logs", "migrated_template", "place", "postgres", "search_server"]

Template = dict[str, Any]
Function = Callable[..., Any]


@pytest.fixture(scope="module")
def template(artifacts: Artifacts) -> Template:
    """The stack's."""
    app = cdk.App()
    given = conftest.outside(app)
    stack = SearchLoadStack(
        app,
        "search-load",
        stage=PRODUCTION,
        network=conftest.network(given),
        data=conftest.data(given),
        artifacts=artifacts,
        env=cdk.Environment(account="111111111111", region="us-east-1"),
    )
    made: Template = app.synth().get_stack_by_name(stack.stack_name).template
    return made


@pytest.fixture
def definition(template: Template) -> dict[str, Any]:
    """The state machine's."""
    (machine,) = of_type(template, "AWS::StepFunctions::StateMachine").values()
    return definition_of(machine)


@pytest.fixture
def functions(template: Template, place: Place) -> dict[str, Function]:
    """What the template names as handlers, by the functions' logical ids; told of the place."""
    servers = Servers(place.url, place.dsn)

    def told(handler: Function) -> Function:
        return lambda event, context=None: handler(event, context, lambda: servers)

    made = of_type(template, "AWS::Lambda::Function")
    return {name: told(handler_of(one)) for name, one in made.items()}


def of_type(template: Template, kind: str) -> dict[str, Any]:
    """The resources of one type."""
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def handler_of(function: Mapping[str, Any]) -> Function:
    """The handler of a function in the template."""
    module, _, name = function["Properties"]["Handler"].rpartition(".")
    found: Function = getattr(importlib.import_module(module), name)
    return found


def called(functions: Mapping[str, Function], what: str) -> str:
    """The logical id of the function that plans, or loads."""
    (name,) = (one for one in functions if one.startswith(what))
    return name


class Ending:
    """A Lambda context whose time is over for the first calls, and not for later ones."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def get_remaining_time_in_millis(self) -> int:
        """Nothing, or a quarter of an hour."""
        return 0 if self.calls > 0 else 900_000


def test_an_execution_loads_everything_and_says_the_command_that_proves_it(
    definition: dict[str, Any], functions: dict[str, Function], place: Place
) -> None:
    run = Run(functions)

    told = run.run(definition, {"alias": MOCS, "ranges": 7})
    ran = place.reindexing().run(MOCS, Heard(), loaded=told["index"])

    assert told == {
        "alias": MOCS,
        "index": told["index"],
        "next": f"cutover reindex run {MOCS} --loaded {told['index']}",
    }
    assert run.visited.count("Load a range") == 7
    assert ran.verification.equal
    assert ran.verification.rows == ROWS
    assert place.is_equal(told["index"])


def test_what_is_left_is_loaded_until_nothing_is(
    definition: dict[str, Any], functions: dict[str, Function], place: Place
) -> None:
    load, context = called(functions, "load"), Ending(3)
    real, answers = functions[load], []

    def hurried(event: Any) -> Any:
        answers.append(real(event, context))
        context.calls -= 1
        return answers[-1]

    run = Run({**functions, load: hurried})
    told = run.run(definition, {"alias": MOCS, "ranges": 2})

    assert answers[0]["left"]
    assert run.visited.count("Load a range") == len(answers) > 2
    assert run.visited.count("Loaded") == 2
    assert place.is_equal(told["index"])


def test_a_passing_trouble_is_repeated(
    definition: dict[str, Any], functions: dict[str, Function], place: Place
) -> None:
    load = called(functions, "load")
    real, left = functions[load], [DatabaseUnreachable("a failover")] * 3

    def troubled(event: Any) -> Any:
        if left:
            raise left.pop()
        return real(event)

    told = Run({**functions, load: troubled}).run(definition, {"alias": MOCS, "ranges": 1})

    assert place.is_equal(told["index"])


def test_what_would_be_said_again_ends_the_execution(
    definition: dict[str, Any], functions: dict[str, Function], place: Place
) -> None:
    tries = []

    def refused(event: Any) -> Any:
        tries.append(event)
        raise ReindexStopped("the index is gone", "make another")

    run = Run({**functions, called(functions, "load"): refused})

    with pytest.raises(Failed, match="ReindexStopped: the index is gone"):
        run.run(definition, {"alias": MOCS, "ranges": 2})

    assert len(tries) == 1
    assert "Say what follows" not in run.visited


@pytest.mark.parametrize("event", [{"alias": "x", "ranges": 1}, {"alias": MOCS, "ranges": 0}, {}])
def test_a_wrong_input_ends_the_execution_before_anything_is_made(
    definition: dict[str, Any], functions: dict[str, Function], place: Place, event: dict[str, Any]
) -> None:
    with pytest.raises(Failed, match="ValueError"):
        Run(functions).run(definition, event)

    assert place.ask("GET", f"/{MOCS}-v*?ignore_unavailable=true") == {}


def test_the_most_ranges_with_the_most_to_say_fit_into_what_states_hand_on(
    definition: dict[str, Any], functions: dict[str, Function]
) -> None:
    """With 10,000 ranges the tasks themselves would take an hour: these say the most that `load` may say."""
    letter = {"id": "0" * 36, "reason": "\u00e9" * 300}
    wordy = {"left": [], "dead": 99_999, "letters": [letter] * 20, "indexed": 10**9, "index": "i" * 60}
    run = Run({**functions, called(functions, "load"): lambda event: wordy})

    run.run(definition, {"alias": MOCS, "ranges": task.MOST_RANGES})

    assert run.visited.count("Loaded") == task.MOST_RANGES
    assert run.most_bytes < 128 * 1024


def test_what_the_tasks_would_say_by_themselves_would_not_fit(place: Place) -> None:
    servers = Servers(place.url, place.dsn)

    planned = task.plan_ranges({"alias": MOCS, "ranges": task.MOST_RANGES}, None, lambda: servers)

    assert len(json.dumps(planned)) > 1024 * 1024
