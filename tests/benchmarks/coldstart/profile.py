"""Where the time of a start goes: how long each package takes to import, by function."""

import re
import statistics
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence

_LINE = re.compile(r"import time:\s*(\d+) \|\s*\d+ \|\s*(\S+)$")
LEAST_MS = 3.0  # what is less than this in every function goes into the last column
REST = "all else"


def import_times(python: str, handler: str, env: Mapping[str, str], rounds: int) -> Counter[str]:
    """Milliseconds that each package takes when this function starts: the medians of some starts."""
    found = [_start(python, handler, env) for _ in range(rounds)]
    packages = {package for one in found for package in one}
    return Counter({package: statistics.median(one[package] for one in found) for package in packages})


def table_of(profiles: Mapping[str, Counter[str]]) -> str:
    """The profiles as a table in Markdown, a line for each function."""
    dearest: Counter[str] = Counter()
    for profile in profiles.values():
        for package, taken_ms in profile.items():
            dearest[package] = max(dearest[package], taken_ms)
    columns = [package for package, taken_ms in dearest.most_common() if taken_ms >= LEAST_MS]
    lines = [_row("function", [*columns, REST, "in all"]), _row("---", ["---:"] * (len(columns) + 2))]
    for function, profile in profiles.items():
        rest = sum(taken_ms for package, taken_ms in profile.items() if package not in columns)
        figures = [*(profile[package] for package in columns), rest, profile.total()]
        lines.append(_row(function, [f"{figure:.0f}" for figure in figures]))
    return "\n".join(lines)


def _start(python: str, handler: str, env: Mapping[str, str]) -> Counter[str]:
    module = handler.rpartition(".")[0]
    command = [python, "-W", "ignore", "-X", "importtime", "-c", f"import {module}"]
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stderr
    taken: Counter[str] = Counter()
    for line in told.splitlines():
        if found := _LINE.match(line):
            taken[_package(found[2])] += int(found[1]) / 1000  # type: ignore[assignment]  # a Counter of floats
    return taken


def _package(module: str) -> str:
    """Its distribution, roughly; what belongs to Python itself counts as one."""
    top = module.partition(".")[0]
    return top if top in _OTHERS else "python"


_OTHERS = {
    "service", "litestar", "msgspec", "asyncpg", "hiredis", "cryptography", "mangum", "anyio", "yaml", "multipart",
    "multidict", "sniffio", "httpx", "typing_extensions", "polyfactory", "rich_click", "sqlalchemy", "advanced_alchemy",
    "botocore", "boto3", "aioboto3", "opensearchpy", "aiohttp", "pyvips", "cffi", "redis", "attr", "attrs", "pydantic",
}  # fmt: skip


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"
