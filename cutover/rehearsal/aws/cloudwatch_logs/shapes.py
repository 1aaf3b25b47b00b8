"""The requests of CloudWatch Logs that are answered here."""

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from cutover.rehearsal.aws.wire import AwsError

_Names = Annotated[tuple[str, ...], Meta(max_length=50)]


class _Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    pass


class Paged(_Shape, frozen=True):
    """What comes in pages."""

    next_token: str | None = None


class DescribeLogGroups(Paged, frozen=True):
    """The request of that name."""

    log_group_name_prefix: str = ""
    log_group_name_pattern: str = ""
    log_group_identifiers: _Names = ()
    limit: Annotated[int, Meta(ge=1, le=50)] = 50


class DescribeLogStreams(Paged, frozen=True):
    """The request of that name."""

    log_group_name: str | None = None
    log_group_identifier: str | None = None
    log_stream_name_prefix: str = ""
    order_by: str = "LogStreamName"
    descending: bool = False
    limit: Annotated[int, Meta(ge=1, le=50)] = 50


class FilterLogEvents(Paged, frozen=True):
    """The request of that name; times in Unix milliseconds."""

    log_group_name: str | None = None
    log_group_identifier: str | None = None
    log_stream_names: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    log_stream_name_prefix: str = ""
    start_time: int = 0
    end_time: int | None = None
    filter_pattern: Annotated[str, Meta(max_length=1024)] = ""
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 10_000
    interleaved: bool = True
    unmask: bool = False


class GetLogEvents(Paged, frozen=True, kw_only=True):
    """The request of that name; times in Unix milliseconds, the end left out."""

    log_group_name: str | None = None
    log_group_identifier: str | None = None
    log_stream_name: str
    start_time: int = 0
    end_time: int | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 10_000
    start_from_head: bool = False
    unmask: bool = False


class StartQuery(_Shape, frozen=True):
    """The request of that name; times in Unix seconds, both ends taken in."""

    query_string: Annotated[str, Meta(max_length=10_000)]
    start_time: Annotated[int, Meta(ge=0)]
    end_time: Annotated[int, Meta(ge=0)]
    log_group_name: str | None = None
    log_group_names: _Names = ()
    log_group_identifiers: _Names = ()
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 10_000
    query_language: str = "CWLI"


class NamedQuery(_Shape, frozen=True):
    """GetQueryResults and StopQuery."""

    query_id: str


_Request = TypeVar("_Request", bound=_Shape)


def request_of(shape: type[_Request], body: bytes) -> _Request:
    """The typed request. Raises AwsError InvalidParameterException."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError as error:
        raise AwsError("InvalidParameterException", str(error)) from error


def group_of(identifier: str) -> str:
    """The name of a group that is named or given by its ARN."""
    return identifier.split(":")[6] if identifier.startswith("arn:") and identifier.count(":") >= 6 else identifier
