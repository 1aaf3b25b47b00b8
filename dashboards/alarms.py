"""Every alarm, each once: what it watches, from where on it says so, to whom, and where its threshold comes from."""

from collections.abc import Sequence

from dashboards.critical import CRITICAL
from dashboards.model import Alarm, Composite, MoneyAlarm, Owner, Severity
from dashboards.warning import WARNING

ALARMS: Sequence[Alarm] = (*CRITICAL, *WARNING)

# It wakes nobody by itself: those of its members do that must.
VETO = Composite(
    name="veto",
    severity=Severity.WARNING,
    owner=Owner.MIGRATION,
    title="Nothing is raised: an alarm says that the API or what it stands on is ill",
    members=tuple(alarm for alarm in ALARMS if alarm.vetoes),
)
COMPOSITES = (VETO,)

BUDGET = MoneyAlarm(
    name="budget",
    severity=Severity.WARNING,
    owner=Owner.MIGRATION,
    title="The month's budget is used, or on the way there",
    origin="$200 a month for what serverless adds, told at 80% and 100%",
)
COST_ANOMALY = MoneyAlarm(
    name="cost-anomaly",
    severity=Severity.WARNING,
    owner=Owner.MIGRATION,
    title="A service costs unusually much",
    origin="a loop that invokes itself is seen here before the budget is used",
)
MONEY = (BUDGET, COST_ANOMALY)
