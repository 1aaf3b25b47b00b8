"""Warnings of Locust that are not true of users that hold no connection."""

import logging

HARMLESS = "Your selected spawn rate is very high"


def quiet() -> None:
    """Leave them out: our users are arrivals, and all of them may begin at once."""
    logging.getLogger("locust.runners").addFilter(_is_true)


def _is_true(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(HARMLESS)
