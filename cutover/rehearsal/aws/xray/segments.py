"""Spans as X-Ray shows them: a segment for each one that served a request, with its calls as subsegments. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from cutover.rehearsal.aws.xray.spans import Span

_ANNOTATED = "aws.xray.annotations"
_STATUS = "http.response.status_code"
_SERVER = "server"


def segments_of(spans: Sequence[Span]) -> Sequence[Mapping[str, Any]]:
    """The trace's segment documents. A span whose parent has not come stands by itself, as in X-Ray."""
    known = {span.id for span in spans}
    ordered = sorted(spans, key=lambda span: span.began)
    tops = [span for span in ordered if span.kind == _SERVER or span.parent not in known]
    return [_document(span, ordered) for span in tops]


def _document(span: Span, spans: Sequence[Span]) -> Mapping[str, Any]:
    is_segment = span.kind == _SERVER
    document: dict[str, Any] = {
        "id": span.id,
        "trace_id": span.trace_id,
        "name": _name(span),
        "start_time": span.began,
        "end_time": span.ended,
        **_told(span),
    }
    if span.parent:
        document["parent_id"] = span.parent
    if not is_segment:
        document["type"] = "subsegment"
        if span.kind == "client":
            document["namespace"] = "aws" if span.attributes.get("rpc.system") == "aws-api" else "remote"
    within = [_document(one, spans) for one in spans if one.parent == span.id and one.kind != _SERVER]
    return {**document, "subsegments": within} if within else document


def _name(span: Span) -> str:
    """A segment is called by its service, a call by whom it went to."""
    if span.kind == _SERVER:
        return str(span.resource.get("service.name", span.name))
    return str(span.attributes.get("rpc.service") or span.attributes.get("peer.service") or span.name)


def _told(span: Span) -> Mapping[str, Any]:
    annotated = span.attributes.get(_ANNOTATED)
    names = annotated if isinstance(annotated, list) else []
    annotations = {str(name).replace(".", "_"): span.attributes[str(name)] for name in names}
    others = {k: v for k, v in span.attributes.items() if k != _ANNOTATED and k not in names}
    told: dict[str, Any] = {"metadata": {"default": {"span.name": span.name, **others, **span.resource}}}
    if annotations:
        told["annotations"] = annotations
    status = span.attributes.get(_STATUS)
    if isinstance(status, int):
        request = {"method": span.attributes.get("http.request.method"), "url": span.attributes.get("http.route")}
        told["http"] = {"request": request, "response": {"status": status}}
        told |= {"throttle": True} if status == 429 else {}
        told |= {"error": True} if 400 <= status < 500 else {}
    if span.failed is not None:
        told["fault"] = True
        told["cause"] = {"exceptions": [{"message": span.failed, "type": span.attributes.get("error.type", "")}]}
    return told
