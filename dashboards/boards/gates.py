"""What the gates of `cutover` pass and what they fail, as they are by default; a test holds both places together."""

from collections.abc import Sequence

from dashboards.widgets import FORBIDDEN, WARNED, Limit

PASS_ERRORS_PERCENT, FAIL_ERRORS_PERCENT = 1.0, 2.0
PASS_P95_MS, FAIL_P95_MS = 500.0, 1000.0


def _band(passes: float, fails: float, unit: str) -> Sequence[Limit]:
    return (
        Limit(label=f"gate holds: from {passes:g}{unit}", value=passes, colour=WARNED),
        Limit(label=f"gate fails: over {fails:g}{unit}", value=fails, colour=FORBIDDEN, fill="above"),
    )


ERRORS = _band(PASS_ERRORS_PERCENT, FAIL_ERRORS_PERCENT, "%")
P95 = _band(PASS_P95_MS, FAIL_P95_MS, " ms")
