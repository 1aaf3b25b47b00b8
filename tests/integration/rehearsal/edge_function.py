"""The function that the edge's tests run in real environments: it does what the event's query asks for."""

import base64
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

if os.environ.get("BROKEN_FLAG") and Path(os.environ["BROKEN_FLAG"]).exists():
    raise RuntimeError("this handler cannot be loaded")


_SHOWN = ("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_INITIALIZATION_TYPE", "GREETING", "_HANDLER")


def handler(event: dict[str, Any], context: Any) -> Any:
    """Answer as `do` in the query, or in the event itself, says; the default is the event and the process."""
    asked = event.get("queryStringParameters") or event
    _note(asked, context)
    time.sleep(float(asked.get("seconds", 0)))
    return _ACTIONS[asked.get("do", "echo")](event, asked, context)


def _note(asked: dict[str, Any], context: Any) -> None:
    if "note" in asked:
        with Path(asked["note"]).open("a") as notes:
            notes.write(f"{context.aws_request_id}\n")


def _echo(event: dict[str, Any], _asked: dict[str, Any], context: Any) -> Any:
    return {
        "pid": os.getpid(),
        "event": event,
        "request_id": context.aws_request_id,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "arn": context.invoked_function_arn,
        "variables": {name: os.environ[name] for name in _SHOWN},
    }


def _binary(event: dict[str, Any], _asked: dict[str, Any], _context: Any) -> Any:
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    back = base64.b64encode(body[::-1]).decode()
    headers = {"content-type": "image/png", "x-sha256": hashlib.sha256(body).hexdigest()}
    return {"statusCode": 200, "headers": headers, "body": back, "isBase64Encoded": True}


def _cookies(_event: dict[str, Any], _asked: dict[str, Any], _context: Any) -> Any:
    return {"statusCode": 201, "cookies": ["a=1; Path=/", "b=2; HttpOnly"], "body": "made"}


def _fail(_event: dict[str, Any], _asked: dict[str, Any], _context: Any) -> Any:
    raise ValueError("as asked")


def _fail_first(_event: dict[str, Any], asked: dict[str, Any], _context: Any) -> Any:
    if len(Path(asked["note"]).read_text().splitlines()) <= int(asked["times"]):
        raise ValueError("not yet")
    return "done"


def _exit(_event: dict[str, Any], _asked: dict[str, Any], _context: Any) -> Any:
    sys.stdout.flush()
    os._exit(7)


def _malformed(_event: dict[str, Any], _asked: dict[str, Any], _context: Any) -> Any:
    return {"statusCode": "two hundred"}


def _huge(_event: dict[str, Any], _asked: dict[str, Any], _context: Any) -> Any:
    return {"statusCode": 200, "body": "x" * (6 * 1024 * 1024 + 200)}


def _size(event: dict[str, Any], _asked: dict[str, Any], _context: Any) -> Any:
    return {"statusCode": 200, "body": str(len(event.get("body", "")))}


_ACTIONS = {
    "echo": _echo,
    "binary": _binary,
    "cookies": _cookies,
    "fail": _fail,
    "fail_first": _fail_first,
    "exit": _exit,
    "malformed": _malformed,
    "huge": _huge,
    "size": _size,
}
