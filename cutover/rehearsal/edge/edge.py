"""Puts the stand-ins of the process together, starts them and stops them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import msgspec

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.alb.balancer import Balancer
from cutover.rehearsal.edge.config import EdgeConfig, FunctionConfig
from cutover.rehearsal.edge.control import Control, State
from cutover.rehearsal.edge.faults import Faults, FaultSwitch
from cutover.rehearsal.edge.functions.active_tracing import ActiveTracing
from cutover.rehearsal.edge.functions.api import InvokeApi
from cutover.rehearsal.edge.functions.asynchronous import EventQueue
from cutover.rehearsal.edge.functions.dead_letters import DeadLetters
from cutover.rehearsal.edge.functions.function import Function
from cutover.rehearsal.edge.functions.log_lines import LogLines
from cutover.rehearsal.edge.functions.plan import LaunchPlan
from cutover.rehearsal.edge.gateway.access_log import AccessLog
from cutover.rehearsal.edge.gateway.listener import Gateway, Watch
from cutover.rehearsal.edge.metrics.meters import AlbMeter, FunctionMeter, GatewayMeter
from cutover.rehearsal.edge.metrics.publisher import PUSH_EVERY_SECONDS, Publisher
from cutover.rehearsal.edge.metrics.tally import MINUTE_SECONDS, Tally

STARTS_AT_ONCE = 2  # environments that start side by side: as many as the machine has cores
COLD_STARTS_AT_ONCE = 1  # of all functions: one core is left to what is warm, and to the other side
LAST_PUSH_SECONDS = 2.0


class Ready(msgspec.Struct, frozen=True):
    """The line that says that everything is up, and where."""

    ready: bool
    alb_port: int
    gateway_port: int
    control_port: int


class Edge:
    """All stand-ins of the process. `variables` are those that every environment inherits, such as PATH."""

    def __init__(self, config: EdgeConfig, variables: Mapping[str, str]) -> None:
        """Raises `BadRoute` when the functions' routes are malformed or given twice."""
        clock = CompressedClock(config.clock.factor, config.clock.epoch)
        tally, lines = Tally(clock), LogLines(clock)
        for one in config.functions:
            lines.make_group(f"/aws/lambda/{one.name}")  # on AWS it's there before anything is said
        self._log_dir = Path(config.log_dir)
        self._switch = FaultSwitch()
        self._alb_meter = AlbMeter(tally, config.alb.load_balancer)
        self._gateway_meter = GatewayMeter(tally, config.gateway.api_id, config.gateway.stage)
        starts = asyncio.Semaphore(COLD_STARTS_AT_ONCE)
        self._functions = {
            one.name: Function(
                one, launch_plan(config, one, variables, lines), FunctionMeter(tally, one.name), self._switch, starts
            )
            for one in config.functions
        }
        self._events = EventQueue(clock, self._switch, _dead_letters(config, clock))
        self._balancer = Balancer(config.alb, clock, self._switch, self._alb_meter)
        tracing = ActiveTracing(config.sampling)
        self._gateway = Gateway(config, clock, self._functions, self._switch, self._watch(config, lines), tracing)
        invoke = InvokeApi(self._functions, self._events, clock, tracing)
        self._control = Control(config.control, invoke, self._events, self._state, self._set_faults)
        every = min(PUSH_EVERY_SECONDS, MINUTE_SECONDS / config.clock.factor)  # in each simulated minute
        self._publishers = [Publisher(config.metrics_url, tally, every_seconds=every)]
        if config.logs_url is not None:
            self._publishers.append(Publisher(config.logs_url, lines, what="log lines", every_seconds=every))
        self._publishing: list[asyncio.Task[None]] = []

    async def start(self) -> Ready:
        """Open the listeners and start the provisioned environments; raises OSError or `CannotStart`."""
        self._log_dir.mkdir(parents=True, exist_ok=True)
        await self._balancer.open()
        await self._gateway.open()
        await self._control.open()
        gate = asyncio.Semaphore(STARTS_AT_ONCE)
        await asyncio.gather(*(function.warm_up(gate) for function in self._functions.values()))
        loop = asyncio.get_running_loop()
        self._publishing = [loop.create_task(publisher.run()) for publisher in self._publishers]
        return Ready(True, self._balancer.port, self._gateway.port, self._control.port)

    async def stop(self) -> None:
        """Close the listeners, end the environments, push what was counted last."""
        self._balancer.close()
        self._gateway.close()
        await self._control.close()
        await self._events.stop()
        await asyncio.gather(*(function.stop() for function in self._functions.values()))
        await self._stop_publishing()

    async def _stop_publishing(self) -> None:
        for publisher in self._publishers:
            publisher.stop()
        if self._publishing:
            await asyncio.wait(self._publishing, timeout=LAST_PUSH_SECONDS)
        for task in self._publishing:
            task.cancel()
        await asyncio.gather(*self._publishing, return_exceptions=True)

    def _watch(self, config: EdgeConfig, lines: LogLines) -> Watch:
        group = config.gateway.access_log if config.logs_url is not None else None
        log = None if group is None else AccessLog(group, lines)
        return Watch(self._gateway_meter, log, config.gateway.domain_name)

    def _set_faults(self, faults: Faults) -> None:
        self._switch.faults = faults
        for function in self._functions.values():
            function.faults_changed()

    def _state(self) -> State:
        functions = self._functions.values()
        return State(
            environments=[state for function in functions for state in function.states()],
            cold_starts=sum(function.meter.cold_starts for function in functions),
            requests={"ecs": dict(self._alb_meter.answers), "lambda": dict(self._gateway_meter.answers)},
            pending_async=self._events.pending,
        )


def _dead_letters(config: EdgeConfig, clock: CompressedClock) -> DeadLetters | None:
    queue = config.dead_letters
    return None if queue is None else DeadLetters(queue, clock, config.region, config.account_id)


def launch_plan(
    config: EdgeConfig, function: FunctionConfig, variables: Mapping[str, str], lines: LogLines | None = None
) -> LaunchPlan:
    """How Lambda would start an environment of this function, with the variables that its runtime sets."""
    reserved = {
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": config.task_root,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_REGION": config.region,
        "AWS_DEFAULT_REGION": config.region,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_SESSION_TOKEN": "rehearsal",
        "TZ": ":UTC",
    }
    return LaunchPlan(
        program=(config.python, "-m", "awslambdaric", function.handler),
        # Each has a role of its own, whatever the configuration says: the stand-in of AWS tells them apart by its key.
        variables={**variables, **reserved, **_told(config.environment, function), "AWS_ACCESS_KEY_ID": function.name},
        working_directory=config.task_root,
        log_file=Path(config.log_dir) / f"{function.name}.log",
        function_arn=f"arn:aws:lambda:{config.region}:{config.account_id}:function:{function.name}",
        timeout_seconds=function.timeout_seconds,
        memory_mb=function.memory_mb,
        lines=None if config.logs_url is None else lines,
    )


def _told(environment: Mapping[str, str], function: FunctionConfig) -> Mapping[str, str]:
    """The functions' variables; `{function}` in a value is the function's name."""
    return {name: value.replace("{function}", function.name) for name, value in environment.items()}
