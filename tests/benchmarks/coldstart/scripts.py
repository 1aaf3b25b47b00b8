"""The programs that are timed: each answers one API Gateway event and then prints READY."""

import json
from collections.abc import Mapping

READY = b"READY"

_EVENT = {
    "version": "2.0",
    "routeKey": "$default",
    "rawQueryString": "",
    "headers": {"host": "api.lego-moc.example.com"},
    "isBase64Encoded": False,
}
_CONTEXT = {
    "accountId": "1",
    "apiId": "a",
    "domainName": "api.lego-moc.example.com",
    "domainPrefix": "api",
    "requestId": "r",
    "routeKey": "$default",
    "stage": "$default",
    "time": "",
    "timeEpoch": 0,
}
_CALL = """
import json, sys
class Context:
    aws_request_id, function_name, memory_limit_in_mb = "r", "f", 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:1:function:f"
    def get_remaining_time_in_millis(self):
        return 30_000
answer = handler(json.loads({event!r}), Context())
assert answer.get("statusCode", 200) == 200, answer
sys.stdout.write("READY\\n")
sys.stdout.flush()
"""

_FASTAPI = """
from fastapi import FastAPI
from mangum import Mangum
app = FastAPI()
@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}
handler = Mangum(app, lifespan="off")
"""
_DATABASE = """
import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine
create_async_engine("postgresql+asyncpg://user@host/database")
"""
_MODELS = """
import datetime
from sqlalchemy.orm import DeclarativeBase, Mapped, configure_mappers, mapped_column
class Base(DeclarativeBase):
    pass
for number in range(9):
    columns = {f"c{column}": Mapped[str | None] for column in range(14)}
    type(f"Table{number}", (Base,), {
        "__tablename__": f"table_{number}",
        "__annotations__": {**columns, "id": Mapped[int], "at": Mapped[datetime.datetime]},
        "id": mapped_column(primary_key=True),
    })
configure_mappers()
"""
_REDIS = """
import redis.asyncio
redis.asyncio.from_url("redis://127.0.0.1:1/0")
"""
_EVERYTHING = """
import asyncio
import aioboto3
import opensearchpy
import pyvips
async def made():
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}
    async with aioboto3.Session(**keys).client("s3"):
        pass
asyncio.new_event_loop().run_until_complete(made())
"""


def call(path: str, headers: Mapping[str, str] | None = None) -> str:
    """Calls `handler` with a GET of `path`, which must be answered with 200."""
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "timed"}
    event = {
        **_EVENT,
        "rawPath": path,
        "headers": {**_EVENT["headers"], **(headers or {})},  # type: ignore[dict-item]
        "requestContext": {**_CONTEXT, "http": http},
    }
    return _CALL.format(event=json.dumps(event))


def invoke(event: object) -> str:
    """Calls `handler` with an event that is no HTTP request."""
    return _CALL.format(event=json.dumps(event))


def ours(handler: str, then: str) -> str:
    """One of the service's functions, as Lambda imports it."""
    module, _, name = handler.rpartition(".")
    return f"from {module} import {name} as handler\n{then}"


PEERS = {
    "hello": _FASTAPI + call("/health"),
    "mocs": _DATABASE + _MODELS + _REDIS + _FASTAPI + call("/health"),
    "everything": _DATABASE + _MODELS + _REDIS + _EVERYTHING + _FASTAPI + call("/health"),
}
"""FastAPI with Mangum: alone; with SQLAlchemy, nine models and redis-py; with all clients. None of them connects."""
