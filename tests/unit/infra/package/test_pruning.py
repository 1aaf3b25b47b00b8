"""What of a distribution is of no use at run time."""

import pytest

from infra.package.pruning import content_wanted, is_wanted


@pytest.mark.parametrize(
    "path",
    [
        "litestar/app.py",
        "botocore/data/s3/2006-03-01/service-2.json.gz",
        "botocore/data/s3/2006-03-01/endpoint-rule-set-1.json.gz",
        "botocore/data/endpoints.json",
        "botocore/data/partitions.json",
        "botocore/data/sdk-default-configuration.json",
        "botocore/data/_retry.json",
        "botocore/docs/docstring.py",
        "boto3/session.py",
        "certifi/cacert.pem",
        "cffi_of_others.py",
        "_cffi_backend.cpython-313-x86_64-linux-gnu.so",
        "pyvips_binary.libs/libvips-e42572c0.so.42",
        "litestar-2.25.0.dist-info/METADATA",
        "yaml/loader.py",
        "test.py",
        "aws_lambda_powertools/metrics/provider/cloudwatch_emf/cloudwatch.py",
        "aws_lambda_powertools/shared/constants.py",
        "opentelemetry/sdk/trace/__init__.py",
        "opentelemetry/proto/collector/trace/v1/trace_service_pb2.py",
        "google/protobuf/internal/builder.py",
    ],
)
def test_what_is_used_stays(path: str) -> None:
    assert is_wanted(path)


@pytest.mark.parametrize(
    "path",
    [
        "events/tests/tests.py",
        "litestar/testing/client.py",
        "sqlalchemy/__pycache__/event.cpython-313.pyc",
        "litestar/app.pyi",
        "asyncpg/pgproto/pgproto.pyx",
        "greenlet/greenlet.h",
        "aiohttp/.hash/_cparser.pxd.hash",
        "litestar/py.typed",
        "litestar/cli/main.py",
        "litestar-2.25.0.dist-info/RECORD",
        "litestar-2.25.0.dist-info/licenses/LICENSE",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "botocore/data/s3/2006-03-01/examples-1.json",
        "botocore/data/other.json",
        "boto3/data/s3/2006-03-01/resources-1.json",
        "cffi/api.py",
        "pyvips/pyvips_build.py",
        "yaml/_yaml.cpython-313-x86_64-linux-gnu.so",
        "_yaml/__init__.py",
        "aws_lambda_powertools/event_handler/api_gateway.py",
        "aws_lambda_powertools/tracing/tracer.py",
        "opentelemetry/proto/metrics/v1/metrics_pb2.py",
    ],
)
def test_what_never_runs_goes(path: str) -> None:
    assert not is_wanted(path)


def test_of_metadata_the_fields_stay() -> None:
    whole = b"Metadata-Version: 2.4\r\nName: litestar\r\nVersion: 2.25.0\r\n\r\n# Litestar\r\n\r\nVersion: 1\r\n"
    kept = content_wanted("litestar-2.25.0.dist-info/METADATA", whole)
    assert kept == b"Metadata-Version: 2.4\nName: litestar\nVersion: 2.25.0\n\n"


def test_other_files_stay_as_they_are() -> None:
    assert content_wanted("certifi/cacert.pem", b"one\n\ntwo\n") == b"one\n\ntwo\n"
