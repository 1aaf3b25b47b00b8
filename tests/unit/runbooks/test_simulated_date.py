"""`date` by the rehearsal's clock takes GNU date's arguments and counts from the simulated moment on."""

from tests.runbooks.simulated_date import arguments

NOW = 1_800_000_000.7  # 2027-01-15 08:00:00 UTC


def test_without_a_moment_it_is_now() -> None:
    assert arguments(["+%s"], NOW) == ["-d", "2027-01-15 08:00:00 UTC", "+%s"]


def test_a_moment_counts_from_now_on() -> None:
    assert arguments(["-u", "-d", "-30 min", "+%s"], NOW) == ["-u", "-d", "2027-01-15 08:00:00 UTC -30 min", "+%s"]
