"""Reads variables of an environment and collects what is wrong with them, all of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)


class EnvironmentReader:
    """Reads variables and collects what is wrong, so that one start tells everything."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def optional(self, name: str) -> str | None:
        """The value; set but empty counts as a value, for a server without a password."""
        return self._env.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """The value, else the default; one that is missing without a default is a problem."""
        value = self._env.get(name) or default
        if value is None:
            self.problems.append(f"{name} is missing")
        return value or ""

    def endpoint(self, name: str, schemes: tuple[str, ...]) -> str:
        """`host`, `host:port` or a URL of one of these schemes; not shown when it is wrong: it may hold a password."""
        value = self.text(name)
        if value and not _is_endpoint(value, schemes):
            self.problems.append(f"{name} is neither host:port nor a URL ({', '.join(schemes)})")
        return value

    def optional_endpoint(self, name: str, schemes: tuple[str, ...]) -> str | None:
        """As `endpoint`; None when it is not set. Set but empty is a mistake: it would switch something off unseen."""
        if self._env.get(name) == "":
            self.problems.append(f"{name} is empty: give it a value or leave it out")
        return self.endpoint(name, schemes) if self._env.get(name) else None

    def port(self, name: str, default: int) -> int:
        """A port number."""
        text = self._env.get(name) or str(default)
        if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
            self.problems.append(f"{name} is not a port number: {text!r}")
            return default
        return int(text)

    def file(self, name: str) -> str | None:
        """The path of a file that is there; None when it is not set."""
        value = self._env.get(name) or None
        if value is not None and not Path(value).is_file():
            self.problems.append(f"{name} names no file: {value!r}")
        return value

    def region(self) -> str:
        """The AWS region."""
        return self.text("AWS_REGION", "us-east-1")

    def log_level(self) -> str:
        """From which level on lines are written."""
        return self.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")

    def flag(self, name: str) -> bool:
        """`true` or `false`; false when it is not set."""
        return self.one_of(name, ("true", "false"), default="false") == "true"

    def share(self, name: str, default: float) -> float:
        """A number from 0 to 1."""
        text = self._env.get(name) or str(default)
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            self.problems.append(f"{name} is not a number from 0 to 1: {text!r}")
            return default
        return value

    def name(self, name: str, default: str) -> str:
        """A short word of small letters, digits and dashes."""
        value = self._env.get(name) or default
        if not _NAME.fullmatch(value):
            self.problems.append(f"{name} is {value!r}, not up to 32 small letters, digits and dashes")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """One of these words."""
        value = self._env.get(name) or default
        if value not in allowed:
            self.problems.append(f"{name} is {value!r}, not one of {', '.join(allowed)}")
        return value


def _is_endpoint(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        url = urlsplit(value if "://" in value else f"{schemes[0]}://{value}")
        return url.scheme in schemes and bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is no number, or brackets that hold no address
        return False
