"""What a reply of clamd means, and how the settings name the scanner."""

import pytest

from service.runtime import build_runtime
from service.scanning.clamd import Clamd, ClamdAddress, NoVerdict, signature_in
from service.scanning.none import NoScanner
from service.settings import MissingSettings, Settings

ENV = {
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "POSTGRES_HOST": "127.0.0.1",
    "POSTGRES_DATABASE": "lego",
    "POSTGRES_USERNAME": "lego",
    "POSTGRES_PASSWORD": "",
    "REDIS_ENDPOINT": "127.0.0.1:1",
    "OPENSEARCH_ENDPOINT": "http://127.0.0.1:1",
    "S3_BUCKET": "lego",
    "COGNITO_ISSUER": "https://issuer.test",
    "COGNITO_CLIENT_ID": "client",
}


def test_only_the_one_clean_reply_is_a_pass() -> None:
    assert signature_in(b"stream: OK") is None


@pytest.mark.parametrize(
    ("reply", "signature"),
    [
        (b"stream: Win.Test.EICAR_HDB-1 FOUND", "Win.Test.EICAR_HDB-1"),
        (b"stream: (null) FOUND", "(null)"),
        (b"stream: OK FOUND", "OK"),
        (b"stream: FOUND", ""),
        (b"stream: \xff FOUND", "�"),
    ],
)
def test_a_hit_carries_its_signature(reply: bytes, signature: str) -> None:
    assert signature_in(reply) == signature


@pytest.mark.parametrize("reply", [b"", b"OK", b"stream: ok", b"stream:FOUND", b" FOUND", b"stream: x ERROR", b"1: OK"])
def test_any_other_reply_is_no_verdict(reply: bytes) -> None:
    with pytest.raises(NoVerdict, match="answered"):
        signature_in(reply)


def test_a_file_over_the_scanners_limit_is_told_apart() -> None:
    with pytest.raises(NoVerdict, match="StreamMaxLength"):
        signature_in(b"INSTREAM size limit exceeded. ERROR")


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("scanner:3311", ClamdAddress("scanner", 3311)),
        ("scanner", ClamdAddress("scanner", 3310)),
        ("tcp://10.0.0.7:4000", ClamdAddress("10.0.0.7", 4000)),
        ("[::1]:3310", ClamdAddress("::1", 3310)),
    ],
)
def test_an_endpoint_is_read(endpoint: str, address: ClamdAddress) -> None:
    settings = Settings.from_env({**ENV, "CLAMD_ENDPOINT": endpoint})
    assert settings.clamd_endpoint == endpoint
    assert ClamdAddress.parse(endpoint) == address


@pytest.mark.parametrize(
    "endpoint", ["", "http://scanner:3310", "scanner:port", "scanner:0", ":3310", "unix:///clamd.sock"]
)
def test_an_endpoint_that_names_no_scanner_stops_the_start(endpoint: str) -> None:
    with pytest.raises(MissingSettings, match=r"^CLAMD_ENDPOINT is "):
        Settings.from_env({**ENV, "CLAMD_ENDPOINT": endpoint})


async def test_uploads_are_scanned_just_when_a_scanner_is_named() -> None:
    without = build_runtime(Settings.from_env(ENV))
    named = build_runtime(Settings.from_env({**ENV, "CLAMD_ENDPOINT": "127.0.0.1:1"}))
    assert (type(without.scanner), type(named.scanner)) == (NoScanner, Clamd)
    await without.close()
    await named.close()
