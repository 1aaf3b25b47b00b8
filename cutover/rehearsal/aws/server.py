"""The HTTP side: each request to the service that its signature names."""

from uuid import uuid4

from aiohttp.web import Application, AppRunner, Request, Response, StreamResponse, TCPSite

from cutover.rehearsal.aws.account import Account, opened
from cutover.rehearsal.aws.config import Config
from cutover.rehearsal.aws.control import PREFIX, Control
from cutover.rehearsal.aws.dns import NameServer
from cutover.rehearsal.aws.operations import INVOCATION, needed, needed_of_search, signed_by
from cutover.rehearsal.aws.proxy import Proxy
from cutover.rehearsal.aws.watching import Watch, teller
from cutover.rehearsal.aws.wire import Call, Reply
from cutover.rehearsal.aws.xray.daemon import Daemon

_MAX_BODY_BYTES = 32 * 1024 * 1024  # of what is not passed on
_STOP_SECONDS = 0.15  # for each of aiohttp's two waits


class Standin:
    """The whole process but for signals: start it, then it serves until it is stopped."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._account = opened(config)
        self._control = Control(self._account)
        self._names = NameServer(self._account.respond)
        self._daemon = Daemon(self._account.traces, self._account.clock.timestamp)
        self._watch = Watch(self._account.alarms, self._account.clock, teller(config.moto_url, config.region))
        self._proxy: Proxy | None = None
        self._runner: AppRunner | None = None

    async def start(self) -> tuple[int, int]:
        """Bind HTTP and DNS; returns both ports. Raises OSError if one is taken."""
        self._proxy = Proxy()
        dispatch = Dispatch(self._config, self._account, self._control, self._proxy)
        app = Application(client_max_size=_MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", dispatch.handle)
        self._runner = AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=_STOP_SECONDS)
        await self._runner.setup()
        await TCPSite(self._runner, self._config.host, self._config.port).start()
        await self._daemon.start(self._config.host, self._config.xray_port)
        self._watch.start()
        dns_port = await self._names.start(self._config.dns_host, self._config.dns_port)
        return self._runner.addresses[0][1], dns_port

    async def stop(self) -> None:
        """Close everything; requests under way get a moment to end."""
        await self._watch.stop()
        self._daemon.stop()
        await self._names.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._proxy is not None:
            await self._proxy.close()


class Dispatch:
    """Who answers a request."""

    def __init__(self, config: Config, account: Account, control: Control, proxy: Proxy) -> None:
        self._config = config
        self._account = account
        self._proxy = proxy
        self._own = {
            "control": control.handle,
            "route53": account.route53.handle,
            "monitoring": account.cloudwatch.handle,
            "xray": account.xray.handle,
            "logs": account.logs.handle,
        }

    async def handle(self, request: Request) -> StreamResponse:
        """Answer one request, or pass it on."""
        if request.path in self._config.jwks:
            return Response(body=bytes(self._config.jwks[request.path]), content_type="application/json")
        if self._config.search_url and request.headers.get("Authorization", "").startswith("Basic "):
            return await self._search(request, self._config.search_url)
        service = "control" if request.path.startswith(PREFIX) else service_of(request)
        if service in self._own and not self._is_motos(request, service):
            call = await _call(request, self._account.clock.timestamp())
            return _response(request, self._own[service](call))
        return await self._pass_on(request, service)

    def _is_motos(self, request: Request, service: str) -> bool:
        """Of the logs' operations, moto has those that nothing here needs."""
        return service == "logs" and not self._account.logs.answers(request.headers.get("X-Amz-Target", ""))

    async def _search(self, request: Request, url: str) -> StreamResponse:
        """To the search server, which asks nobody who they are; on AWS a role would have to allow it."""
        self._account.operations.add(needed_of_search(request.method, request.path, request.headers["Authorization"]))
        return await self._proxy.forward(request, url)

    async def _pass_on(self, request: Request, service: str) -> StreamResponse:
        """To whoever plays that service, and a note of what it asks."""
        # S3's POSTs say in their bodies what they are about; others need not be held in memory.
        body = await request.read() if request.method == "POST" and service in ("", "s3") else None
        self._account.operations.add(
            needed(request.method, request.rel_url.raw_path, request.query, request.headers, body or b"")
        )
        invokes = service == "lambda" and INVOCATION.fullmatch(request.path)
        return await self._proxy.forward(request, self._config.invoke_url if invokes else self._config.moto_url, body)


def service_of(request: Request) -> str:
    """The service in the credential scope of a signature version 4, in the header or in a presigned URL; or ""."""
    signed = signed_by(request.headers, request.query)
    return signed.service if signed else ""


async def _call(request: Request, now: float) -> Call:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Call(request.method, request.path, now, dict(request.query), headers, await request.read())


def _response(request: Request, reply: Reply) -> Response:
    if reply.cut and request.transport is not None:
        request.transport.abort()
    headers = {"x-amzn-RequestId": str(uuid4())}
    return Response(status=reply.status, text=reply.body, content_type=reply.content_type, headers=headers)
