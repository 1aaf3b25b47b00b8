"""The Lambda service with real environments: choice, cold starts, limits, crashes, faults, asynchronous events."""

import asyncio
import json
import os
import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.config import EdgeConfig
from cutover.rehearsal.edge.edge import launch_plan
from cutover.rehearsal.edge.faults import FaultSwitch
from cutover.rehearsal.edge.functions.asynchronous import call
from cutover.rehearsal.edge.functions.function import Function
from cutover.rehearsal.edge.functions.invocation import Ending
from cutover.rehearsal.edge.metrics.meters import FunctionMeter
from cutover.rehearsal.edge.metrics.tally import Tally
from tests.integration.rehearsal.edge_rig import Rig, configuration, eventually, function, running_edge

NAME = {"FunctionName": "lego-api-mocs"}
INVOKE = "/2015-03-31/functions/lego-api-mocs/invocations"


def event_of(**asked: Any) -> bytes:
    return json.dumps(asked).encode()


async def environments(rig: Rig) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await rig.state())["environments"]
    return listed


async def until_idle(rig: Rig, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    async def idle() -> bool:
        found[:] = await environments(rig)
        return [one["state"] for one in found] == ["idle"] * count

    await eventually(idle, f"{count} idle environments")
    return found


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


async def test_provisioned_environments_are_ready_before_the_first_request(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(provisioned=2)) as rig:
        before = await environments(rig)
        answer = (await rig.gateway("GET", "/api/mocs")).json()
        assert [one["state"] for one in before] == ["idle", "idle"]
        assert all(one["init_ms"] > 0 for one in before)
        assert answer["pid"] in [one["pid"] for one in before]
        assert (await rig.state())["cold_starts"] == 0


async def test_the_most_recently_used_environment_is_taken(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(provisioned=3)) as rig:
        pids = set()
        for _ in range(6):
            pids.add((await rig.gateway("GET", "/api/mocs")).json()["pid"])
            await until_idle(rig, 3)
        assert len(pids) == 1


async def test_without_a_free_environment_a_new_one_is_started_and_counted(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig:
        first = (await rig.gateway("GET", "/api/mocs")).json()["pid"]
        second = (await rig.gateway("GET", "/api/mocs")).json()["pid"]
        assert first == second
        assert (await rig.state())["cold_starts"] == 1
        await eventually(lambda: rig.metrics.total("Invocations", **NAME) == 2, "both invocations are counted")
        assert sum(count for _, count in rig.metrics.samples("Duration", **NAME)) == 2


async def test_twenty_parallel_requests_on_three_environments(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(max_environments=3)) as rig:
        asked = [rig.gateway("GET", "/api/mocs?do=cookies&seconds=0.3") for _ in range(20)]
        statuses = sorted([answer.status for answer in await asyncio.gather(*asked)])
        assert statuses == [201] * 3 + [503] * 17
        assert len(await until_idle(rig, 3)) == 3
        await eventually(lambda: rig.metrics.total("Throttles", **NAME) == 17, "throttles are counted")
        assert max(value for value, _ in rig.metrics.samples("ConcurrentExecutions", **NAME)) == 3


async def test_where_the_machine_bears_no_more_environments_requests_wait(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(max_environments=2, concurrency_limit=12)) as rig:
        asked = [rig.gateway("GET", "/api/mocs?do=cookies&seconds=0.2") for _ in range(20)]
        statuses = sorted([answer.status for answer in await asyncio.gather(*asked)])
        assert statuses == [201] * 12 + [503] * 8
        assert len(await until_idle(rig, 2)) == 2
        await eventually(lambda: rig.metrics.total("Invocations", **NAME) == 12, "invocations are counted")
        assert max(value for value, _ in rig.metrics.samples("ConcurrentExecutions", **NAME)) == 12


async def test_a_waiting_request_is_served_when_the_only_environment_dies(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(max_environments=1, concurrency_limit=3)) as rig:
        await rig.gateway("GET", "/api/mocs")
        dying = asyncio.ensure_future(rig.gateway("GET", "/api/mocs?seconds=30"))
        waiting = asyncio.ensure_future(rig.gateway("GET", "/api/mocs?do=cookies"))

        async def busy() -> bool:
            return [one["state"] for one in await environments(rig)] == ["busy"]

        await eventually(busy, "the environment works")
        os.kill((await environments(rig))[0]["pid"], signal.SIGKILL)
        assert ((await dying).status, (await waiting).status) == (500, 201)


async def test_those_that_still_wait_at_the_end_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text("import time\ntime.sleep(60)\n")
    one = function(handler="sleeper.handler", max_environments=1, concurrency_limit=3)
    config = msgspec.convert(configuration(tmp_path, functions=[one], task_root=str(tmp_path)), EdgeConfig)
    meter = FunctionMeter(Tally(CompressedClock()), "lego-api-mocs")
    plan = launch_plan(config, config.functions[0], {})
    slow = Function(config.functions[0], plan, meter, FaultSwitch(), asyncio.Semaphore(1))
    calls = [asyncio.ensure_future(call(slow, b"{}", "1-2-3", identity)) for identity in ("one", "two")]
    await asyncio.sleep(0)
    await slow.stop()
    assert [(await outcome).ending for outcome in calls] == [Ending.FAILED, Ending.THROTTLED]


async def test_environments_that_nobody_provisioned_start_one_after_the_other(tmp_path: Path) -> None:
    """Three requests at once to a function without a warm environment, whose handler takes a while to load."""
    loading = "import time\nwith open('starts', 'a') as f: print(time.time(), file=f)\ntime.sleep(0.3)\n"
    (tmp_path / "loader.py").write_text(loading + "def handler(event, context): time.sleep(0.5)\n")
    one = function(handler="loader.handler", max_environments=3)
    config = msgspec.convert(configuration(tmp_path, functions=[one], task_root=str(tmp_path)), EdgeConfig)
    meter = FunctionMeter(Tally(CompressedClock()), "lego-api-mocs")
    plan = launch_plan(config, config.functions[0], {})
    cold = Function(config.functions[0], plan, meter, FaultSwitch(), asyncio.Semaphore(1))
    calls = [asyncio.ensure_future(call(cold, b"{}", "1-2-3", identity)) for identity in ("one", "two", "three")]
    assert [(await outcome).ending for outcome in calls] == [Ending.RETURNED] * 3
    await cold.stop()
    starts = sorted(float(line) for line in (tmp_path / "starts").read_text().split())
    assert all(later - earlier >= 0.3 for earlier, later in pairwise(starts))
    assert meter.cold_starts == len(starts) >= 2


async def test_those_that_still_wait_for_their_start_at_the_end_never_start(tmp_path: Path) -> None:
    (tmp_path / "loader.py").write_text("print(0, file=open('starts', 'a'))\nimport time\ntime.sleep(60)\n")
    one = function(handler="loader.handler", max_environments=3)
    config = msgspec.convert(configuration(tmp_path, functions=[one], task_root=str(tmp_path)), EdgeConfig)
    meter = FunctionMeter(Tally(CompressedClock()), "lego-api-mocs")
    plan = launch_plan(config, config.functions[0], {})
    cold = Function(config.functions[0], plan, meter, FaultSwitch(), asyncio.Semaphore(1))
    calls = [asyncio.ensure_future(call(cold, b"{}", "1-2-3", identity)) for identity in ("one", "two", "three")]
    await eventually((tmp_path / "starts").exists, "the first one starts")
    await cold.stop()
    endings = [(await outcome).ending for outcome in calls]
    assert Ending.RETURNED not in endings
    assert (tmp_path / "starts").read_text().split() == ["0"]


async def test_as_many_clients_as_environments_are_never_throttled(tmp_path: Path) -> None:
    async def one_after_the_other(rig: Rig) -> list[int]:
        return [(await rig.gateway("GET", "/api/mocs?do=cookies")).status for _ in range(20)]

    async with running_edge(tmp_path, function(provisioned=2, max_environments=2)) as rig:
        first, second = await asyncio.gather(one_after_the_other(rig), one_after_the_other(rig))
        assert first == second == [201] * 20


async def test_a_function_over_its_timeout_is_killed_and_replaced(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(timeout_seconds=0.3)) as rig:
        slow = await rig.gateway("GET", "/api/mocs?seconds=9")
        good = await rig.gateway("GET", "/api/mocs?do=cookies")
        assert (slow.status, slow.body, good.status) == (500, b'{"message":"Internal Server Error"}', 201)
        invoked = await rig.control("POST", INVOKE, body=event_of(seconds=9))
        assert invoked.json()["errorType"] == "Sandbox.Timedout"
        assert "timed out after 0.30 seconds" in invoked.json()["errorMessage"]


async def test_killing_an_environment_fails_its_request_at_once(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig:
        request = asyncio.ensure_future(rig.gateway("GET", "/api/mocs?seconds=30"))

        async def busy() -> bool:
            return [one["state"] for one in await environments(rig)] == ["busy"]

        await eventually(busy, "the request is running")
        os.kill((await environments(rig))[0]["pid"], signal.SIGKILL)
        assert (await request).status == 500
        assert (await rig.gateway("GET", "/api/mocs?do=cookies")).status == 201


async def test_an_idle_environment_that_dies_is_not_given_a_request(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig:
        await rig.gateway("GET", "/api/mocs")
        os.kill((await until_idle(rig, 1))[0]["pid"], signal.SIGKILL)
        await until_idle(rig, 0)
        assert (await rig.gateway("GET", "/api/mocs?do=cookies")).status == 201


async def test_provisioned_environments_are_replaced_when_they_die(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(provisioned=1)) as rig:
        first = (await environments(rig))[0]["pid"]
        os.kill(first, signal.SIGKILL)

        async def replaced() -> bool:
            return [one["state"] for one in await environments(rig) if one["pid"] != first] == ["idle"]

        await eventually(replaced, "another environment is ready")
        assert (await rig.state())["cold_starts"] == 0


async def test_a_handler_that_cannot_be_loaded_fails_until_it_can(tmp_path: Path) -> None:
    flag = tmp_path / "broken"
    flag.touch()
    async with running_edge(tmp_path, function(), environment={"BROKEN_FLAG": str(flag)}) as rig:
        broken = await rig.control("POST", INVOKE, body=b"{}")
        flag.unlink()
        good = await rig.gateway("GET", "/api/mocs?do=cookies")
        assert (broken.header("x-amz-function-error"), broken.json()["errorType"]) == ("Unhandled", "RuntimeError")
        assert good.status == 201
        assert "this handler cannot be loaded" in rig.log()


async def test_an_init_that_hangs_is_ended(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text("import time\ntime.sleep(60)\n")
    raw = configuration(tmp_path, functions=[function(handler="sleeper.handler")], task_root=str(tmp_path))
    config = msgspec.convert(raw, EdgeConfig)
    one = config.functions[0]
    plan = replace(launch_plan(config, one, {}), init_timeout_seconds=0.2)
    hanging = Function(
        one, plan, FunctionMeter(Tally(CompressedClock()), one.name), FaultSwitch(), asyncio.Semaphore(1)
    )
    outcome = await call(hanging, b"{}", "1-2-3", "an-id")
    await hanging.stop()
    assert json.loads(outcome.payload)["errorMessage"] == "init took longer than 0.2 seconds"
    assert hanging.states() == []


async def test_a_program_that_is_not_there_fails_the_request(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(), task_root=str(tmp_path / "missing")) as rig:
        answer = await rig.control("POST", INVOKE, body=b"{}")
        assert answer.json()["errorType"] == "Runtime.StartError"


async def test_cold_retires_every_environment_and_lifting_it_restores_the_provisioned(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(provisioned=1)) as rig:
        await rig.faults(cold=True)
        pids = [(await rig.gateway("GET", "/api/mocs")).json()["pid"] for _ in range(3)]
        assert len(set(pids)) == 3
        await until_idle(rig, 0)
        assert (await rig.state())["cold_starts"] == 2
        await rig.faults()
        await until_idle(rig, 1)
        assert (await rig.state())["cold_starts"] == 2


def process_state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


async def test_freeze_stops_idle_environments_and_wakes_them_for_a_request(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(provisioned=2)) as rig:
        pids = [one["pid"] for one in await environments(rig)]
        await rig.faults(freeze=True)
        await eventually(lambda: [process_state(pid) for pid in pids] == ["T", "T"], "both are stopped")
        answer = await rig.gateway("GET", "/api/mocs?do=cookies")
        await eventually(lambda: [process_state(pid) for pid in pids] == ["T", "T"], "both are stopped again")
        await rig.faults()
        await eventually(lambda: "T" not in [process_state(pid) for pid in pids], "both go on")
        assert (answer.status, (await rig.gateway("GET", "/api/mocs?do=cookies")).status) == (201, 201)


async def test_a_synchronous_invocation_answers_with_the_result_or_the_error(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(max_environments=1)) as rig:
        good = await rig.control("POST", INVOKE, body=event_of(do="echo", n=1))
        bad = await rig.control("POST", INVOKE, {"X-Amz-Invocation-Type": "RequestResponse"}, event_of(do="fail"))
        busy = asyncio.ensure_future(rig.control("POST", INVOKE, body=event_of(seconds=0.3)))
        await asyncio.sleep(0.1)
        throttled = await rig.control("POST", INVOKE, body=b"")
        assert (good.status, good.json()["event"], good.header("x-amz-function-error")) == (
            200,
            {"do": "echo", "n": 1},
            None,
        )
        assert (bad.status, bad.header("x-amz-function-error")) == (200, "Unhandled")
        assert (bad.json()["errorType"], bad.json()["errorMessage"]) == ("ValueError", "as asked")
        assert (throttled.status, throttled.header("x-amzn-errortype")) == (429, "TooManyRequestsException")
        assert (await busy).status == 200


async def test_what_the_invoke_api_refuses(tmp_path: Path) -> None:
    event = {"X-Amz-Invocation-Type": "Event"}
    async with running_edge(tmp_path, function()) as rig:
        unknown = await rig.control("POST", INVOKE.replace("mocs", "wishes"), body=b"{}")
        over_async = await rig.control("POST", INVOKE, event, b'"' + b"x" * 256 * 1024 + b'"')
        over_sync = await rig.control("POST", INVOKE, body=b'"' + b"x" * 6 * 1024 * 1024 + b'"')
        not_json = await rig.control("POST", INVOKE, body=b"{")
        no_kind = await rig.control("POST", INVOKE, {"X-Amz-Invocation-Type": "Sometimes"}, b"{}")
        assert (unknown.status, unknown.header("x-amzn-errortype")) == (404, "ResourceNotFoundException")
        assert (over_async.status, over_sync.status, not_json.status, no_kind.status) == (413, 413, 400, 400)
        assert (await rig.state())["pending_async"] == 0


async def test_an_asynchronous_event_is_retried_twice_and_then_given_up(tmp_path: Path) -> None:
    event, note = {"X-Amz-Invocation-Type": "Event"}, tmp_path / "note"
    async with running_edge(tmp_path, function(), clock={"factor": 1200.0, "epoch": 1.7e9}) as rig:
        taken = await rig.control("POST", INVOKE, event, event_of(do="fail", note=str(note)))
        pending = (await rig.state())["pending_async"]
        drained = await rig.control("POST", "/drain?timeout_seconds=5")
        assert (taken.status, taken.body, pending) == (202, b"", 1)
        assert (drained.status, drained.json()) == (200, {"pending_async": 0})
        assert lines(note) == [taken.header("x-amzn-requestid")] * 3
        await eventually(lambda: rig.metrics.total("Errors", **NAME) == 3, "each attempt is counted")


async def test_an_asynchronous_event_that_succeeds_at_last_is_not_repeated(tmp_path: Path) -> None:
    event, note = {"X-Amz-Invocation-Type": "Event"}, tmp_path / "note"
    async with running_edge(tmp_path, function(), clock={"factor": 1200.0, "epoch": 1.7e9}) as rig:
        await rig.control("POST", INVOKE, event, event_of(do="fail_first", times=1, note=str(note)))
        assert (await rig.control("POST", "/drain")).status == 200
        assert len(lines(note)) == 2


async def test_throttled_events_wait_for_their_turn(tmp_path: Path) -> None:
    event, note = {"X-Amz-Invocation-Type": "Event"}, tmp_path / "note"
    async with running_edge(tmp_path, function(max_environments=1)) as rig:
        for _ in range(4):
            await rig.control("POST", INVOKE, event, event_of(seconds=0.05, note=str(note)))
        assert (await rig.control("POST", "/drain")).status == 200
        assert len(set(lines(note))) == 4
        await eventually(lambda: rig.metrics.total("Throttles", **NAME) > 0, "throttles are counted")


async def test_deliver_twice_repeats_each_event_under_its_id(tmp_path: Path) -> None:
    event, note = {"X-Amz-Invocation-Type": "Event"}, tmp_path / "note"
    async with running_edge(tmp_path, function()) as rig:
        await rig.faults(deliver_twice=True)
        taken = await rig.control("POST", INVOKE, event, event_of(note=str(note)))
        assert (await rig.control("POST", "/drain")).status == 200
        assert lines(note) == [taken.header("x-amzn-requestid")] * 2


async def test_drain_says_when_the_time_was_too_short(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig:
        await rig.control("POST", INVOKE, {"X-Amz-Invocation-Type": "Event"}, event_of(seconds=5))
        early = await rig.control("POST", "/drain?timeout_seconds=0.1")
        wrong = await rig.control("POST", "/drain?timeout_seconds=soon")
        assert (early.status, early.json(), wrong.status) == (504, {"pending_async": 1}, 400)


async def test_the_control_listener_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig:
        unknown = await rig.control("GET", "/elsewhere")
        wrong = await rig.control("PUT", "/faults", body=b'{"error": 1}')
        beyond = await rig.control("PUT", "/faults", body=b'{"errors": 1.5}')
        no_post = await rig.control("GET", INVOKE)
        assert [unknown.status, wrong.status, beyond.status, no_post.status] == [404, 400, 400, 404]
        assert "error" in wrong.json()["message"]
