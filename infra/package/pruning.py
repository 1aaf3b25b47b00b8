"""Which files of a distribution go into a layer. Pure."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from infra.package.contents import AWS_SERVICES

_NEVER_RUN = frozenset({"__pycache__", "examples", "test", "testing", "tests"})
# Sources and headers of what comes compiled, types for checkers, and the sums that aiohttp is built by.
_FOR_BUILDERS = frozenset(
    {".asm", ".c", ".cc", ".cmd", ".cpp", ".h", ".hash", ".hpp", ".obj", ".pxd", ".pxi", ".pyi", ".pyx", ".typed"}
)
_AWS_DATA = ("botocore", "data")
# What botocore reads besides the services' own descriptions.
_AWS_SHARED = frozenset({"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"})
_AWS_UNUSED = ("examples-",)

UNUSED: Mapping[str, str] = {
    "_yaml": "PyYAML's C parser, which it does without; no YAML is read",
    "advanced_alchemy/alembic/templates": "for new projects",
    "aws_lambda_powertools/event_handler": "Powertools' routes; its metrics alone are used",
    "aws_lambda_powertools/logging": "Powertools' logger",
    "aws_lambda_powertools/middleware_factory": "Powertools' middleware",
    "aws_lambda_powertools/tracing": "Powertools' tracer",
    "aws_lambda_powertools/utilities": "Powertools' parsers, parameters, batches",
    "boto3/data": "boto3's resources; only clients are used",
    "cffi": "compiles bindings; those that are compiled need _cffi_backend alone",
    "dateutil/zoneinfo": "a copy of the time zones; the service knows UTC only",
    "google/protobuf/compiler": "makes code of descriptions",
    "litestar/cli": "a command line",
    "opentelemetry/proto/collector/logs": "traces alone are sent",
    "opentelemetry/proto/collector/metrics": "traces alone are sent",
    "opentelemetry/proto/collector/profiles": "traces alone are sent",
    "opentelemetry/proto/logs": "traces alone are sent",
    "opentelemetry/proto/metrics": "traces alone are sent",
    "opentelemetry/proto/profiles": "traces alone are sent",
    "pyvips/pyvips_build.py": "compiles the binding that comes with pyvips-binary",
    "yaml/_yaml": "PyYAML's C parser, which it does without; no YAML is read",
}


def is_wanted(path: str) -> bool:
    """Whether the file, at this place in a wheel, is of any use at run time."""
    parts = PurePosixPath(path).parts
    if parts[0].endswith(".dist-info"):
        return parts[1:] == ("METADATA",)
    if _NEVER_RUN.intersection(parts[:-1]) or PurePosixPath(path).suffix in _FOR_BUILDERS:
        return False
    if parts[:2] == _AWS_DATA:
        return _is_wanted_of_aws(parts[2:])
    return not any(path == place or path.startswith((f"{place}/", f"{place}.")) for place in UNUSED)


def content_wanted(path: str, content: bytes) -> bytes:
    """What is wanted of it: of METADATA the fields, which programs ask for their versions, not the read-me behind."""
    if path.endswith(".dist-info/METADATA"):
        return content.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n"
    return content


def _is_wanted_of_aws(parts: Sequence[str]) -> bool:
    if len(parts) == 1:
        return parts[0] in _AWS_SHARED
    return parts[0] in AWS_SERVICES and not parts[-1].startswith(_AWS_UNUSED)
