"""The HTTP side: each request to the service that its signature names."""

import re
from urllib.parse import unquote
from uuid import uuid4

from aiohttp.web import Application, AppRunner, Request, Response, StreamResponse, TCPSite

from cutover.rehearsal.aws.account import Account, opened
from cutover.rehearsal.aws.config import Config
from cutover.rehearsal.aws.control import PREFIX, Control
from cutover.rehearsal.aws.dns import NameServer
from cutover.rehearsal.aws.proxy import Proxy
from cutover.rehearsal.aws.wire import Call, Reply

_SCOPE = re.compile(r"(?:^|[ ,=])[^/ ,=]+/\d{8}/[^/]+/([^/]+)/aws4_request")
_INVOCATION = re.compile(r"/2015-03-31/functions/[^/]+/invocations")
_MAX_BODY_BYTES = 32 * 1024 * 1024  # of what is not passed on
_STOP_SECONDS = 0.15  # for each of aiohttp's two waits


class Standin:
    """The whole process but for signals: start it, then it serves until it is stopped."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._account = opened(config)
        self._control = Control(self._account)
        self._names = NameServer(self._account.respond)
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
        dns_port = await self._names.start(self._config.dns_host, self._config.dns_port)
        return self._runner.addresses[0][1], dns_port

    async def stop(self) -> None:
        """Close everything; requests under way get a moment to end."""
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
        }

    async def handle(self, request: Request) -> StreamResponse:
        """Answer one request, or pass it on."""
        if request.path in self._config.jwks:
            return Response(body=bytes(self._config.jwks[request.path]), content_type="application/json")
        service = "control" if request.path.startswith(PREFIX) else service_of(request)
        if service in self._own:
            call = await _call(request, self._account.clock.timestamp())
            return _response(request, self._own[service](call))
        if service == "lambda" and _INVOCATION.fullmatch(request.path):
            return await self._proxy.forward(request, self._config.invoke_url)
        return await self._proxy.forward(request, self._config.moto_url)


def service_of(request: Request) -> str:
    """The service in the credential scope of a signature version 4, in the header or in a presigned URL; or ""."""
    signed = request.headers.get("Authorization") or unquote(request.query.get("X-Amz-Credential", ""))
    match = _SCOPE.search(signed)
    return match[1] if match else ""


async def _call(request: Request, now: float) -> Call:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Call(request.method, request.path, now, dict(request.query), headers, await request.read())


def _response(request: Request, reply: Reply) -> Response:
    if reply.cut and request.transport is not None:
        request.transport.abort()
    headers = {"x-amzn-RequestId": str(uuid4())}
    return Response(status=reply.status, text=reply.body, content_type=reply.content_type, headers=headers)
