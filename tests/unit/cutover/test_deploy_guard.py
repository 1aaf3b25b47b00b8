"""A deploy that sets the weights back: a pipeline sees it, and so does the tool. Templates hold no records at all."""

import json

import pytest

from cutover.core.models import Weights
from tests.fakes.world import known_world
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import RUN, raised


@pytest.mark.parametrize("live", [(50, 50), (0, 100)])
def test_weights_that_a_deploy_set_back_stop_a_pipeline_and_a_run(live: tuple[int, int]) -> None:
    world = known_world(*live)
    before = invoke(world, "status", "--json", "--exit-code")
    world.weights.set_by_hand(100, 0)

    guard, run = invoke(world, "status", "--json", "--exit-code"), invoke(world, *RUN)

    assert before.exit_code == 0
    assert json.loads(before.stdout)["weights"] == {"ecs": live[0], "lambda": live[1]}
    assert (guard.exit_code, json.loads(guard.stdout)["exit"]) == (5, 5)
    assert run.exit_code == 5
    assert (raised(world), world.live) == ([], Weights(100, 0)), "nothing is set right by itself"
