"""Every alarm: its condition is made true, it comes, its page is followed from the first command to the last, it goes.

The alarms are those of the catalogue, evaluated by the stand-in of CloudWatch from what the stack's servers have told.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from dashboards.alarms import ALARMS, COMPOSITES, MONEY
from tests.runbooks import account, pages
from tests.runbooks.conditions import CONDITIONS, Case
from tests.runbooks.site import Site

pytestmark = pytest.mark.xdist_group("runbooks")

COMES_SECONDS = 60.0  # real ones; the slowest looks back over a quarter of an hour, which is 7.5 s
GOES_SECONDS = 60.0
LOOK_SECONDS = 0.25
KINDS = ["MetricAlarm", "CompositeAlarm"]


def test_every_alarm_has_a_condition() -> None:
    assert set(CONDITIONS) == {one.name for one in ALARMS} | {one.name for one in COMPOSITES}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_page_has_no_command_that_nobody_follows(name: str) -> None:
    page = pages.page_of(pages.ALARMS, name)
    followed = [one for title in ("Diagnosis", "Mitigation", "Undo") for one in page.section(title).commands]
    assert [one.text for one in page.commands] == [one.text for one in followed]


@pytest.mark.parametrize("name", CONDITIONS)
def test_an_alarm_comes_and_its_page_makes_it_go(site: Site, name: str) -> None:
    page = pages.page_of(pages.ALARMS, name)
    account.make(site.stack.places.aws_url)
    _quiet(site)
    shell = site.follows(page)
    with ExitStack() as held:
        _wait(lambda: not _raised(site, name), GOES_SECONDS, f"{name} is in ALARM before anything was done")
        follow = CONDITIONS[name](Case(site, shell, held))
        _wait(lambda: _raised(site, name), COMES_SECONDS, f"{name} has not come")
        pages.follow(shell, page, page.section("Diagnosis").commands, lambda *_: None)
        pages.follow(shell, page, page.section("Mitigation").commands, lambda *_: None)
        if follow is not None:
            follow()
        _wait(lambda: not _raised(site, name), GOES_SECONDS, f"{name} has not gone")
    pages.follow(shell, page, page.section("Undo").commands, lambda *_: None)


@pytest.mark.parametrize("name", [one.name for one in MONEY])
def test_the_commands_of_a_page_about_money_do_what_it_says(site: Site, name: str) -> None:
    page = pages.page_of(pages.ALARMS, name)
    account.make(site.stack.places.aws_url)
    pages.follow(site.follows(page), page, page.commands, lambda *_: None)


def _quiet(site: Site) -> None:
    """Nothing is left of what was done before: nobody climbs to where a page begins while the veto lasts."""
    site.reset()
    _wait(lambda: not _raised(site, "veto"), GOES_SECONDS, "what was done before has not passed")


def _raised(site: Site, name: str) -> bool:
    """Whether the alarm of that name, or any of those that are made for a function or a node, is in ALARM."""
    cloudwatch = account.client(site.stack.places.aws_url, "cloudwatch")
    found = cloudwatch.describe_alarms(
        AlarmNamePrefix=f"lego-api-{name}-", AlarmTypes=KINDS, StateValue="ALARM", MaxRecords=100
    )
    return bool(found["MetricAlarms"] or found["CompositeAlarms"])


def _wait(true: Callable[[], bool], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{otherwise} after {seconds:g} s"
        time.sleep(LOOK_SECONDS)
