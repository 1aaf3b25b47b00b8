"""What is told by a search endpoint's name alone."""

import pytest

from service.search.opensearch import is_on_aws, url_of

DOMAIN = "vpc-lego-abc.us-east-1.es.amazonaws.com"


@pytest.mark.parametrize(
    "endpoint", [DOMAIN, f"{DOMAIN}:443", f"https://{DOMAIN}", f"https://{DOMAIN}:443", f"https://{DOMAIN.upper()}/"]
)
def test_a_domain_of_the_service_is_known_however_it_is_written(endpoint: str) -> None:
    assert is_on_aws(endpoint)
    assert url_of(endpoint).startswith("https://")


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("127.0.0.1:9200", "http://127.0.0.1:9200"),
        ("http://search:9200", "http://search:9200"),
        ("https://search.example.test", "https://search.example.test"),
        (f"{DOMAIN}.example.test", f"http://{DOMAIN}.example.test"),
        (f"http://search.example.test/{DOMAIN}", f"http://search.example.test/{DOMAIN}"),
    ],
)
def test_any_other_server_is_none_and_is_asked_as_it_is_written(endpoint: str, url: str) -> None:
    assert not is_on_aws(endpoint)
    assert url_of(endpoint) == url
