"""The HTTP API itself: takes requests, asks the function of their route, answers, counts."""

import asyncio
from dataclasses import dataclass
from time import perf_counter

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.config import EdgeConfig
from cutover.rehearsal.edge.faults import FaultSwitch
from cutover.rehearsal.edge.functions.active_tracing import ActiveTracing
from cutover.rehearsal.edge.functions.function import Function
from cutover.rehearsal.edge.functions.invocation import Ending, Invocation, Outcome, failed
from cutover.rehearsal.edge.gateway.access_log import AccessLog, Answered
from cutover.rehearsal.edge.gateway.event import ApiIdentity, Arrival, build_event, split_target
from cutover.rehearsal.edge.gateway.reply import Reply, refusal, reply_of
from cutover.rehearsal.edge.gateway.routes import Match, RouteTable
from cutover.rehearsal.edge.http.server import Connection, Limits, Listener, Request
from cutover.rehearsal.edge.http.text import answer, gateway_request_id, trace_root, traced
from cutover.rehearsal.edge.metrics.meters import GatewayMeter

# Quotas for configuring and running an HTTP API; they cannot be raised.
LIMITS = Limits(head_bytes=10_240, body_bytes=10 * 1024 * 1024)
MAX_EVENT_BYTES = 6_291_456  # Lambda's limit of a synchronous invocation
_ORDERED_FAILURE = failed("RehearsalFault", "this invocation was ordered to fail")


@dataclass(frozen=True, slots=True)
class Watch:
    """Where each answer is counted and, unless there is no log, written down."""

    meter: GatewayMeter
    log: AccessLog | None
    domain_name: str


class Gateway:
    """An API Gateway HTTP API with Lambda proxy integrations."""

    integration_timeout_seconds = 30.0  # the quota's maximum, which is also the default

    def __init__(
        self,
        config: EdgeConfig,
        clock: CompressedClock,
        functions: dict[str, Function],
        switch: FaultSwitch,
        watch: Watch,
        tracing: ActiveTracing,
    ) -> None:
        """Raises `BadRoute` when the functions' routes are malformed or given twice."""
        self._config = config
        self._clock = clock
        self._functions = functions
        self._switch = switch
        self._watch = watch
        self._tracing = tracing
        self._routes = RouteTable([(route, one.name) for one in config.functions for route in one.routes])
        self._identity = self._identify(config.gateway.port)
        self._listener: Listener | None = None

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._identity.port

    async def open(self) -> None:
        """Listen; raises OSError when the port is taken."""
        gateway = self._config.gateway
        self._listener = await Listener.open(
            lambda peers: Connection(self._serve, LIMITS, peers), gateway.address, gateway.port
        )
        self._identity = self._identify(self._listener.port)

    def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._listener is not None:
            self._listener.close()

    def _identify(self, port: int) -> ApiIdentity:
        gateway = self._config.gateway
        return ApiIdentity(self._config.account_id, gateway.api_id, gateway.stage, gateway.domain_name, port)

    def _serve(self, request: Request, connection: Connection) -> None:
        passage = _Passage(request, connection, self._watch)
        if request.refusal is not None:
            passage.finish(refusal(request.refusal))
            return
        split = split_target(request.target)
        match = self._routes.match(request.method, split[0])
        passage.route = None if match is None else match.route_key
        if match is None:
            passage.finish(refusal(404))
            return
        self._integrate(passage, match, split)

    def _integrate(self, passage: "_Passage", match: Match, split: tuple[str, str]) -> None:
        now = self._clock.timestamp()
        root = trace_root(now)
        sent = next((value for name, value in passage.request.headers if name == b"x-amzn-trace-id"), b"")
        trace = traced(sent, root.encode()).decode("latin-1")
        arrival = Arrival(passage.connection.source_ip, passage.request_id, trace, now)
        event = build_event(self._identity, match, passage.request, split, arrival)
        if len(event) > MAX_EVENT_BYTES:
            passage.finish(refusal(413))
            return
        invocation = Invocation(event, self._tracing.header(trace, root), passage.invocation_ended)
        passage.begin_integration(self.integration_timeout_seconds, invocation.request_id)
        function = self._functions[match.function_name]
        latency_ms = self._switch.faults.latency_ms
        if latency_ms:
            asyncio.get_running_loop().call_later(latency_ms / 1000, self._invoke, function, invocation)
        else:
            self._invoke(function, invocation)

    def _invoke(self, function: Function, invocation: Invocation) -> None:
        faults = self._switch.faults
        if self._switch.strikes(faults.throttle):
            function.throttle(invocation)
        elif self._switch.strikes(faults.errors):
            function.fail(invocation, _ORDERED_FAILURE)
        else:
            function.invoke(invocation)


class _Passage:
    """One request on its way through the gateway; it is answered once, whatever comes first."""

    def __init__(self, request: Request, connection: Connection, watch: Watch) -> None:
        self.request = request
        self.connection = connection
        self.request_id = gateway_request_id()
        self.route: str | None = None
        self._watch = watch
        self._invocation_id = ""
        self._outcome: Outcome | None = None
        self._integration_began: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._finished = False

    def begin_integration(self, timeout_seconds: float, invocation_id: str) -> None:
        """The function is asked from now on; after the timeout its answer is not waited for."""
        self._invocation_id = invocation_id
        self._integration_began = perf_counter()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(timeout_seconds, self.finish, refusal(503))

    def invocation_ended(self, outcome: Outcome) -> None:
        """The function's end decides the answer, unless the time was up before."""
        self._outcome = outcome
        if outcome.ending is Ending.RETURNED:
            self.finish(reply_of(outcome.payload))
        else:
            self.finish(refusal(500 if outcome.ending is Ending.FAILED else 503))

    def finish(self, reply: Reply) -> None:
        """Send the answer and count it."""
        if self._finished:
            return
        self._finished = True
        if self._timer is not None:
            self._timer.cancel()
        now = perf_counter()
        began = self._integration_began
        integration_ms = None if began is None else (now - began) * 1000
        latency_ms = (now - self.request.began) * 1000
        self._watch.meter.answered(reply.status, latency_ms, integration_ms)
        if self._watch.log is not None:
            self._watch.log.answered(self._answered(reply, latency_ms, integration_ms))
        keep_alive = self.request.keep_alive
        headers = [*reply.headers, (b"apigw-requestid", self.request_id.encode())]
        text = answer(
            reply.status,
            headers,
            reply.body,
            keep_alive=keep_alive,
            head_only=self.request.method == "HEAD",
            head_length=reply.declared_bytes,
        )
        self.connection.reply(text, keep_alive=keep_alive)

    def _answered(self, reply: Reply, latency_ms: float, integration_ms: float | None) -> Answered:
        return Answered(
            request_id=self.request_id,
            ip=self.connection.source_ip,
            domain=self._watch.domain_name,
            method=self.request.method,
            route=self.route,
            status=reply.status,
            response_bytes=len(reply.body),
            latency_ms=latency_ms,
            integration_ms=integration_ms,
            invocation=self._invocation_id,
            outcome=self._outcome,
        )
