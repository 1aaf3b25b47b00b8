"""The control listener: faults, state, drain, and the Lambda API's Invoke."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

import msgspec

from cutover.rehearsal.edge.config import ControlConfig
from cutover.rehearsal.edge.faults import Faults
from cutover.rehearsal.edge.functions.api import MAX_SYNCHRONOUS_BYTES, ApiAnswer, InvokeApi, function_name
from cutover.rehearsal.edge.functions.asynchronous import EventQueue
from cutover.rehearsal.edge.functions.function import EnvironmentState
from cutover.rehearsal.edge.http.server import Connection, Limits, Listener, Request
from cutover.rehearsal.edge.http.text import Header, answer

DEFAULT_DRAIN_SECONDS = 10.0
_LIMITS = Limits(head_bytes=65_536, body_bytes=MAX_SYNCHRONOUS_BYTES)
_JSON: list[Header] = [(b"Content-Type", b"application/json")]


class State(msgspec.Struct, frozen=True):
    """The answer to `GET /state`; `requests` are answers by status class, for each side."""

    environments: list[EnvironmentState]
    cold_starts: int
    requests: dict[str, dict[str, int]]
    pending_async: int


class Control:
    """Answers the rehearsal; one task a request, as these are few."""

    def __init__(
        self,
        config: ControlConfig,
        invoke: InvokeApi,
        events: EventQueue,
        state: Callable[[], State],
        set_faults: Callable[[Faults], None],
    ) -> None:
        self._config = config
        self._invoke = invoke
        self._events = events
        self._state = state
        self._set_faults = set_faults
        self._listener: Listener | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._config.port if self._listener is None else self._listener.port

    async def open(self) -> None:
        """Listen; raises OSError when the port is taken."""
        self._listener = await Listener.open(
            lambda peers: Connection(self._serve, _LIMITS, peers), self._config.address, self._config.port
        )

    async def close(self) -> None:
        """Stop listening, cut every connection, give up what is being answered."""
        if self._listener is not None:
            self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _serve(self, request: Request, connection: Connection) -> None:
        task = asyncio.get_running_loop().create_task(self._respond(request, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _respond(self, request: Request, connection: Connection) -> None:
        given = await self._answer(request)
        text = answer(given.status, given.headers, given.body, keep_alive=request.keep_alive)
        connection.reply(text, keep_alive=request.keep_alive)

    async def _answer(self, request: Request) -> ApiAnswer:
        if request.refusal is not None:
            return _problem(request.refusal, "the request is malformed or too large")
        path, _, query = request.target.decode("latin-1").partition("?")
        routes: dict[tuple[str, str], Callable[[], Awaitable[ApiAnswer]]] = {
            ("PUT", "/faults"): lambda: self._put_faults(request.body),
            ("GET", "/state"): self._get_state,
            ("POST", "/drain"): lambda: self._drain(query),
        }
        route = routes.get((request.method, path))
        if route is not None:
            return await route()
        name = function_name(path)
        if name is not None and request.method == "POST":
            return await self._invoke.ask(name, request)
        return _problem(404, f"no such operation: {request.method} {path}")

    async def _put_faults(self, body: bytes) -> ApiAnswer:
        try:
            faults = msgspec.json.decode(body, type=Faults)
        except msgspec.MsgspecError as error:
            return _problem(400, f"not faults: {error}")
        self._set_faults(faults)
        return ApiAnswer(200, _JSON, msgspec.json.encode(faults))

    async def _get_state(self) -> ApiAnswer:
        return ApiAnswer(200, _JSON, msgspec.json.encode(self._state()))

    async def _drain(self, query: str) -> ApiAnswer:
        given = parse_qs(query).get("timeout_seconds", [str(DEFAULT_DRAIN_SECONDS)])[0]
        try:
            timeout_seconds = float(given)
        except ValueError:
            return _problem(400, f"timeout_seconds is not a number: {given}")
        drained = await self._events.drained(timeout_seconds)
        body = msgspec.json.encode({"pending_async": self._events.pending})
        return ApiAnswer(200 if drained else 504, _JSON, body)


def _problem(status: int, message: str) -> ApiAnswer:
    return ApiAnswer(status, _JSON, msgspec.json.encode({"message": message}))
