"""Which targets are production: by name, by what the settings say, never on loopback."""

import pytest

from cutover.core.load.targets import PRODUCTION_HOSTS, is_among, is_production, is_production_stage, production_host
from infra.stages.production import PRODUCTION

NAME = str(PRODUCTION.public_name)


def test_the_name_that_is_known_without_settings_is_that_of_the_stage() -> None:
    assert {NAME} == PRODUCTION_HOSTS


@pytest.mark.parametrize(
    ("url", "is_it"),
    [
        (f"https://{NAME}", True),
        (f"https://{NAME.upper()}.:8443/prefix?x=1", True),
        (f"http://user@{NAME}", True),
        (NAME, True),
        (f"https://{NAME.replace('.', chr(0x3002))}", True),
        (f"https://{NAME}\u200b", True),
        (f"https://{NAME.replace('a', chr(0xFF41))}", True),
        (f"https://{'a' * 64}.{NAME}", False),
        (f"https://staging-{NAME}", False),
        (f"https://{NAME}.example.org", False),
        (f"https://example.org/{NAME}", False),
        ("https://[broken", False),
        ("", False),
    ],
)
def test_the_well_known_name_is_production_however_it_is_written(url: str, is_it: bool) -> None:
    assert production_host(url) is is_it


@pytest.mark.parametrize(
    ("said", "stage", "is_it"),
    [
        ("auto", "production", True), ("auto", "Prod", True), ("auto", "live", True), ("auto", "staging", False),
        ("yes", "staging", True), ("no", "production", False),
    ],
)  # fmt: skip
def test_a_stage_is_production_by_its_name_unless_the_settings_say_so(said: str, stage: str, is_it: bool) -> None:
    assert is_production_stage(said, stage) is is_it


def test_a_wildcard_stands_for_every_name_below_and_not_for_itself() -> None:
    assert is_among("https://api.example.com", ["*.example.com"])
    assert not is_among("https://example.com", ["*.example.com"])
    assert not is_among("https://badexample.com", ["*.example.com"])


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost"])
def test_what_is_connected_to_on_loopback_never_is(address: str) -> None:
    assert not is_production(f"https://{NAME}", address, [NAME])


def test_the_address_that_is_connected_to_counts_as_the_name_does() -> None:
    assert is_production("https://harmless.example.org", "d-abc.execute-api.aws", ["d-abc.execute-api.aws."])
    assert is_production(f"https://{NAME}", "192.0.2.1", [])
    assert not is_production("https://harmless.example.org", "192.0.2.1", ["api.example.com"])
