"""CloudWatch's query protocol: form fields to nested values, values to response documents.

It is the only protocol that botocore 1.40 speaks to CloudWatch; later ones prefer CBOR.
"""

import gzip
import zlib
from collections.abc import Mapping
from urllib.parse import parse_qsl
from uuid import uuid4

from cutover.rehearsal.aws.wire import AwsError, Call
from cutover.rehearsal.aws.xmltext import document

NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"


def action_of(call: Call) -> tuple[str, dict[str, object]]:
    """The operation's name and its parameters, nested. Raises AwsError if it is no query of this version."""
    if "x-amz-target" in call.headers or "smithy-protocol" in call.headers:
        raise AwsError("UnsupportedProtocol", "this stand-in speaks CloudWatch's query protocol only")
    fields = dict(parse_qsl(_plain_body(call).decode("utf-8", "replace"), keep_blank_values=True))
    action, version = fields.pop("Action", ""), fields.pop("Version", "")
    if version != "2010-08-01":
        raise AwsError("NoSuchVersion", f"The requested version ({version}) is not valid.")
    return action, nested(fields)


def nested(fields: Mapping[str, str]) -> dict[str, object]:
    """`A.member.1.B=c` as {"A": [{"B": "c"}]}; empty fields are empty lists in this protocol and are left out.

    Raises AwsError MalformedQueryString if a field is both a value and a structure.
    """
    root: dict[str, object] = {}
    for path, value in fields.items():
        if value:
            _put(root, path.split("."), value)
    return {name: _with_lists(child) for name, child in root.items()}


def result_document(action: str, result: Mapping[str, object] | None) -> str:
    """The response to an operation; PutMetricData has no result."""
    body: dict[str, object] = {} if result is None else {f"{action}Result": result}
    return document(f"{action}Response", NAMESPACE, body | {"ResponseMetadata": {"RequestId": str(uuid4())}})


def _plain_body(call: Call) -> bytes:
    if call.headers.get("content-encoding") != "gzip":
        return call.body
    try:
        return gzip.decompress(call.body)
    except (OSError, EOFError, zlib.error) as error:
        raise AwsError("MalformedQueryString", f"the body is not gzip: {error}") from error


def _put(root: dict[str, object], path: list[str], value: str) -> None:
    node = root
    for step in path[:-1]:
        child = node.setdefault(step, {})
        if not isinstance(child, dict):
            raise _malformed(path)
        node = child
    if path[-1] in node:
        raise _malformed(path)
    node[path[-1]] = value


def _malformed(path: list[str]) -> AwsError:
    return AwsError("MalformedQueryString", f"the field {'.'.join(path)} contradicts another one")


def _with_lists(node: object) -> object:
    if not isinstance(node, dict):
        return node
    members = node.get("member")
    if isinstance(members, dict) and len(node) == 1:
        numbers = sorted(members, key=_number)
        return [_with_lists(members[number]) for number in numbers]
    return {name: _with_lists(child) for name, child in node.items()}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise AwsError("MalformedQueryString", f"list members are numbered, not {text!r}")
    return int(text)
