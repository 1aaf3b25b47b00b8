"""What single values of `cutover.toml` cannot say of each other: problems of one section, in words. Pure."""

from cutover.core.load.profile import MOST_PER_SECOND
from cutover.core.prices import FIXED, PRICES
from cutover.sections import CostSettings, GateSettings, LoadSettings


def bad_gates(gates: GateSettings) -> list[str]:
    """Limits of passing that are beyond those of failing."""
    problems = []
    if gates.pass_error_rate >= gates.fail_error_rate:
        problems.append(
            f"gates: pass_error_rate {gates.pass_error_rate} must be under fail_error_rate {gates.fail_error_rate}"
        )
    if gates.pass_p95_ms >= gates.fail_p95_ms:
        problems.append(f"gates: pass_p95_ms {gates.pass_p95_ms} must be under fail_p95_ms {gates.fail_p95_ms}")
    for name in ("client_error_ratio", "borrow_ms"):
        passing, failing = getattr(gates, f"pass_{name}"), getattr(gates, f"fail_{name}")
        if passing >= failing:
            problems.append(f"gates: pass_{name} {passing} must be under fail_{name} {failing}")
    if gates.p95_failing_windows > gates.p95_judged_windows:
        problems.append(
            f"gates: p95_failing_windows {gates.p95_failing_windows} can't be more than p95_judged_windows"
            f" {gates.p95_judged_windows}"
        )
    return problems


def bad_load(load: LoadSettings, gates: GateSettings) -> list[str]:
    """Limits that no run could meet, or that no profile can reach."""
    problems = []
    if load.pass_p99_ms < gates.pass_p95_ms:
        problems.append(f"load.pass_p99_ms: {load.pass_p99_ms} is under gates.pass_p95_ms {gates.pass_p95_ms}")
    if load.abort_error_rate < gates.pass_error_rate:
        problems.append(
            f"load.abort_error_rate: {load.abort_error_rate} is under gates.pass_error_rate {gates.pass_error_rate}:"
            " runs that pass would be ended"
        )
    if load.most_per_second > MOST_PER_SECOND:
        problems.append(f"load.most_per_second: {load.most_per_second} is over {MOST_PER_SECOND}, a profile's most")
    if any("\0" in word for word in load.tokens_command):
        problems.append("load.tokens_command: a word of it holds a NUL character, which no program can be given")
    return problems


def bad_costs(cost: CostSettings) -> list[str]:
    """Names of prices that nobody knows."""
    known = (("prices", cost.prices, PRICES), ("monthly", cost.monthly, FIXED))
    return [
        f"cost.{table}: {name!r} is none of {', '.join(names)}"
        for table, given, names in known
        for name in given
        if name not in names
    ]
