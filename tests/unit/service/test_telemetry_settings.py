"""What the environment says of logs and traces."""

import pytest

from service.settings import MissingSettings, Settings
from tests.architecture.test_cold_starts import LAMBDA


def test_without_a_word_everything_is_logged_nothing_is_traced_and_the_stage_names_itself() -> None:
    settings = Settings.from_env(LAMBDA)
    assert (settings.log_sample, settings.tracing, settings.trace_share) == (1.0, False, 0.05)
    assert settings.deployment == "development"


def test_what_is_said_is_taken() -> None:
    told = {"LOG_SAMPLE": "0.1", "TRACING": "on", "TRACE_SHARE": "1", "DEPLOYMENT": "dev-x"}
    settings = Settings.from_env({**LAMBDA, **told})
    assert (settings.log_sample, settings.tracing, settings.trace_share) == (0.1, True, 1.0)
    assert settings.deployment == "dev-x"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_SAMPLE", "1.1"),
        ("LOG_SAMPLE", "-0.1"),
        ("LOG_SAMPLE", "nan"),
        ("TRACE_SHARE", "much"),
        ("TRACING", "true"),
        ("DEPLOYMENT", "Dev X"),
        ("DEPLOYMENT", "x" * 33),
    ],
)
def test_what_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(MissingSettings, match=name):
        Settings.from_env({**LAMBDA, name: value})
