"""The outermost layer: every request gets an id, a deadline and a log line; no exception leaves without an answer."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from service.kernel.errors import AppError, DeadlineExceeded, NotFound
from service.telemetry import cold_start, tracing
from service.telemetry.about import About, about
from service.telemetry.log import Log, release
from service.telemetry.sampling import is_sampled, went_well
from service.web.cors import Cors, Header, header, joined, preflight_origin
from service.web.failures import NO_SUCH_ROUTE, failure_body, status_of
from service.web.incoming import Disconnected, Incoming
from service.web.scope import AT_THE_END, REQUEST_ID, route_of

if TYPE_CHECKING:  # the health function starts without Litestar
    from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

log = Log(__name__)

DEADLINE_SECONDS = 25.0  # the gateway gives up at 30, and its answer would not have our shape
LAMBDA_RESERVE_SECONDS = 1.0  # what is left to write the answer before Lambda kills the environment
CLIENT_CLOSED_REQUEST = 499  # only in the log, as nginx has it: the client has gone before its answer
QUIET_PATHS = frozenset({"/health"})  # load balancers ask all the time


class Boundary:
    """Wraps the whole application; answers preflights by itself.

    `log_sample` is the share of requests that went well which are logged, from 0 to 1.
    """

    def __init__(self, app: "ASGIApp", cors: Cors, log_sample: float = 1.0) -> None:
        self._app = app
        self._cors = cors
        self._log_sample = log_sample

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """One ASGI connection; anything but HTTP passes through."""
        if _is_http(scope):
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: "HTTPScope", receive: "Receive", send: "Send") -> None:
        scope["headers"] = headers = joined(scope["headers"])
        incoming = Incoming(scope, receive)
        answer = _Answer(send, incoming, _request_id(scope), self._cors.answer_headers(header(headers, b"origin")))
        ending: list[Callable[[], None]] = []
        scope["state"] = {**scope.get("state", {}), REQUEST_ID: answer.request_id, AT_THE_END: ending}
        request = self._about(scope, answer.request_id)
        before = about.set(request)
        quiet = scope["path"] in QUIET_PATHS  # Litestar puts another path in its place
        started = time.perf_counter()
        with tracing.request(cast(Any, scope)) as segment:
            try:
                asking = preflight_origin(scope["method"], headers)
                if asking is not None:
                    await answer.empty(self._cors.preflight_headers(asking))
                else:
                    await self._answered(scope, incoming, answer)
            finally:
                for work in ending:
                    work()
                took_ms = round((time.perf_counter() - started) * 1000, 1)
                route = route_of(scope)
                segment.answered(route=route, status=answer.status, request_id=answer.request_id, user=request.user)
                _end(request, scope["method"], route, answer.status, took_ms, quiet=quiet)
                about.reset(before)

    def _about(self, scope: "HTTPScope", request_id: str) -> About:
        trace_id = tracing.trace_id_of(cast(Any, scope))
        return About(request_id, trace_id, sampled=is_sampled(trace_id or request_id, self._log_sample))

    async def _answered(self, scope: "HTTPScope", incoming: Incoming, answer: "_Answer") -> None:
        if "//" in scope["path"]:  # Litestar overlooks empty segments, the gateway's routes do not
            await answer.fail(NotFound(NO_SUCH_ROUTE))
            return
        try:
            async with asyncio.timeout(_seconds_left(scope)) as incoming.deadline:
                await self._app(scope, incoming.receive, answer.send)
        except Disconnected:
            answer.status = CLIENT_CLOSED_REQUEST
        except TimeoutError:
            log.warning("deadline_exceeded", route=route_of(scope))
            incoming.give_up()
            await answer.fail(DeadlineExceeded("The answer could not be made in time"))
        except Exception as error:  # noqa: BLE001 - the outermost boundary: what arrives here is a crash
            log.crash("crashed", error, route=route_of(scope))
            await answer.fail(AppError("Internal server error"))


class _Answer:
    """What has been sent so far; adds the request id to the head, which goes out when the whole request is in."""

    def __init__(self, send: "Send", incoming: Incoming, request_id: str, headers: list[Header]) -> None:
        self._send = send
        self._incoming = incoming
        self._headers = [(b"x-request-id", request_id.encode()), *headers]
        self.request_id = request_id
        self.status = 0

    async def send(self, message: "Message") -> None:
        if message["type"] == "http.response.start":
            await self._incoming.drain()
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._headers]
        await self._send(message)

    async def empty(self, headers: list[Header]) -> None:
        """Answer without a body."""
        await self.send({"type": "http.response.start", "status": 204, "headers": headers})
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def fail(self, error: AppError) -> None:
        """Answer with a failure, unless an answer is already on its way: then there is nothing left to tell."""
        if self.status:
            return
        body = failure_body(error, self.request_id)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": status_of(error.code), "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})


def _end(request: About, method: str, route: str, status: int, took_ms: float, *, quiet: bool) -> None:
    """The request's line; of one that went well only if it is in the sample, or has waited for a cold start."""
    cold = cold_start.is_first()
    if cold or not went_well(status, took_ms):
        release(request)
    if not quiet and not request.is_held:  # it would be held back, and forgotten at once
        log.info("request", method=method, route=route, status=status, durationMs=took_ms, coldStart=cold)
    request.over()


def _is_http(scope: "Scope") -> "TypeGuard[HTTPScope]":
    return str(scope["type"]) == "http"


def _request_id(scope: Mapping[str, Any]) -> str:
    """API Gateway's id, so that its access log and ours name the same request; elsewhere a new UUID."""
    event = scope.get("aws.event")
    if event is not None:
        given = event.get("requestContext", {}).get("requestId")
        if isinstance(given, str) and given:
            return given
    return _uuid4(os.urandom(16).hex())


def _uuid4(digits: str) -> str:
    """32 random hex digits as a UUID of version 4; `uuid.uuid4` takes five times as long, on every request."""
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _seconds_left(scope: Mapping[str, Any]) -> float:
    context = scope.get("aws.context")
    if context is None or not hasattr(context, "get_remaining_time_in_millis"):
        return DEADLINE_SECONDS
    left: float = context.get_remaining_time_in_millis() / 1000 - LAMBDA_RESERVE_SECONDS
    return max(0.05, min(DEADLINE_SECONDS, left))
