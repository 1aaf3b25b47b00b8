"""Values to XML text and back, in the two dialects that Route 53 and CloudWatch use for lists."""

from collections.abc import Mapping
from html import escape
from uuid import uuid4
from xml.etree import ElementTree

from cutover.rehearsal.aws.wire import AwsError

# Route 53 names the items of a list; CloudWatch calls every item `member`.
_ITEM_TAGS = {
    "Changes": "Change",
    "HostedZones": "HostedZone",
    "NameServers": "NameServer",
    "ResourceRecordSets": "ResourceRecordSet",
    "ResourceRecords": "ResourceRecord",
    "messages": "message",
}


def render(tag: str, value: object) -> str:
    """One element: a mapping's entries are its children, a list's items too, None is no element at all."""
    if value is None:
        return ""
    return f"<{tag}>{_content(tag, value)}</{tag}>"


def document(tag: str, namespace: str, value: Mapping[str, object]) -> str:
    """A whole document with its root's namespace."""
    return f'<?xml version="1.0"?>\n<{tag} xmlns="{namespace}">{_content(tag, value)}</{tag}>'


def error_document(namespace: str, error: AwsError) -> str:
    """The ErrorResponse that both services send."""
    kind = "Sender" if error.status < 500 else "Receiver"
    facts: dict[str, object] = {"Type": kind, "Code": error.code, "Message": error.message}
    if error.messages:
        facts["messages"] = list(error.messages)
    return document("ErrorResponse", namespace, {"Error": facts, "RequestId": str(uuid4())})


def parse(body: bytes) -> tuple[str, object]:
    """A document's root tag and content: mappings, lists and text. Raises ValueError if it is not well-formed."""
    if b"<!DOCTYPE" in body:  # without one there are no entities, and nothing that could grow without bound
        raise ValueError("a document type declaration is not allowed")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - no document type, see above
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    return _plain(root.tag), _parsed(root)


def _content(tag: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(render(name, item) for name, item in value.items())
    if isinstance(value, list | tuple):
        item_tag = _ITEM_TAGS.get(tag, "member")
        return "".join(render(item_tag, item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value), quote=False)


def _parsed(node: ElementTree.Element) -> object:
    if _plain(node.tag) in _ITEM_TAGS:
        return [_parsed(child) for child in node]
    if len(node):
        return {_plain(child.tag): _parsed(child) for child in node}
    return node.text or ""


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]
