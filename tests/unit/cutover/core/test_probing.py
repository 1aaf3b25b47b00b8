"""Five probes of a side tell a cold start from a failure, and a swapped side from a healthy one."""

from datetime import timedelta

import pytest

from cutover.core.models import Side
from cutover.core.probing import Probed, answered_by, judge_probes
from cutover.core.verification import Check, Mark
from cutover.core.web import Heard, Place, Trouble, place_of
from tests.fakes.zone import NAME, START

PLACE = Place("https", "lambda.target.example", 443, NAME)
OWN = (("apigw-requestid", "A1="),)


def good(ms: float = 12.0, days: int = 90) -> Heard:
    """A healthy answer of Lambda's, with a certificate for so many days."""
    return Heard(ms, 200, OWN, certificate_until=START + timedelta(days=days))


def judged(*heard: Heard, side: Side = Side.SERVERLESS) -> Check:
    """The check of these answers."""
    return judge_probes(Probed(side, PLACE, heard), START)


def test_five_good_answers_pass_and_say_how_long_they_took() -> None:
    check = judged(*(good(ms) for ms in (12, 10, 14, 11, 13)))

    assert check == Check(
        "Lambda https://lambda.target.example",
        Mark.OK,
        "5 answers 200 in 10 ms to 14 ms; its certificate is good until 20 Feb 2027",
    )


def test_a_slow_first_answer_is_a_cold_start() -> None:
    check = judged(good(1800), *[good()] * 4)

    assert check.mark is Mark.OK
    assert "the first took 1 800 ms: a cold start" in check.text


def test_one_answer_alone_is_no_cold_start() -> None:
    assert "cold" not in judged(good(1800)).text


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Heard(1, 503, OWN), "status 503"),
        (Heard(1, 301, (*OWN, ("location", "https://x.example/"))), "status 301, to https://x.example/"),
        (Heard(1, 200), "ECS answers there"),
        (Heard(5000, trouble=Trouble.TIMEOUT, detail="no whole answer within 5 s"), "timeout: no whole answer"),
        (Heard(1, trouble=Trouble.REFUSED), "connection refused"),
        (Heard(1, trouble=Trouble.CERTIFICATE, detail="Hostname mismatch"), "wrong certificate: Hostname mismatch"),
    ],
)
def test_it_fails_when_every_probe_did_and_warns_when_some_did(bad: Heard, why: str) -> None:
    all_failed, one_failed = judged(*[bad] * 5), judged(bad, *[good()] * 4)

    assert (all_failed.mark, one_failed.mark) == (Mark.FAIL, Mark.WARN)
    assert all_failed.text.startswith(f"5 of 5 probes failed: {why}")
    assert one_failed.text.startswith(f"1 of 5 probes failed: {why}")


def test_ecs_answers_without_the_gateways_header() -> None:
    plain = Heard(9, 200)

    assert judged(*[plain] * 5, side=Side.ECS).mark is Mark.OK
    assert judged(*[good()] * 5, side=Side.ECS).text == "5 of 5 probes failed: Lambda answers there"
    assert (answered_by(plain), answered_by(good()), answered_by(Heard(1))) == (Side.ECS, Side.SERVERLESS, None)


@pytest.mark.parametrize(("days", "mark"), [(13, Mark.FAIL), (14, Mark.OK), (-1, Mark.FAIL)])
def test_a_certificate_must_last_for_two_more_weeks(days: int, mark: Mark) -> None:
    check = judged(*[good(days=days)] * 5)

    assert check.mark is mark
    if mark is Mark.FAIL:
        assert f"in {days} day" in check.text
        assert "less than 14 days" in check.text


@pytest.mark.parametrize(
    ("url", "place", "spelled"),
    [
        ("https://api.example.com", Place("https", "api.example.com", 443, "api.example.com"), None),
        ("https://api.example.com:8443/v1/", Place("https", "api.example.com", 8443, "api.example.com:8443", "/v1"),
         "https://api.example.com:8443/v1"),
        ("http://127.0.0.1:80", Place("http", "127.0.0.1", 80, "127.0.0.1:80"), "http://127.0.0.1"),
        ("http://[::1]:8000", Place("http", "::1", 8000, "[::1]:8000"), None),
    ],
)  # fmt: skip
def test_a_url_is_a_place(url: str, place: Place, spelled: str | None) -> None:
    assert place_of(url) == place
    assert str(place) == (spelled or url)


def test_another_name_may_be_asked_for() -> None:
    place = place_of("https://lb.example", "api.example.com")

    assert (place.name, place.server_name, place.host) == ("api.example.com", "api.example.com", "lb.example")
    assert [place_of(url).server_name for url in ("https://a.example:8443", "https://[::1]:9")] == ["a.example", "::1"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("api.example.com", "is not a URL such as"),
        ("ftp://api.example.com", "is not a URL such as"),
        ("https://", "is not a URL such as"),
        ("https://a.example/a b", "is not a URL such as"),
        ("https://a\u0308.example", "is not a URL such as"),
        ("https://a.example:x", "is not a URL: "),
        ("https://a.example:99999", "is not a URL: "),
        ("https://u:secret@a.example", "must come without user"),
        ("https://a.example?x=1", "must come without user"),
        ("https://a.example#x", "must come without user"),
        ("http://a.example", "must be https"),
    ],
)
def test_what_is_no_place_is_told(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        place_of(url)
