"""The `cutover.toml` of a followed page: production's rules and gates, bakes of minutes instead of days."""

from pathlib import Path

from cutover.rehearsal.stack.plan import settings_toml
from cutover.rehearsal.stack.stack import Stack
from tests.runbooks import estate

FILE, LEDGER = "cutover.toml", "ledger.jsonl"
LADDER = (
    {"weight": 10, "bake": "8m", "min_requests": 10},
    {"weight": 50, "bake": "8m", "min_requests": 30},
    {"weight": 100, "bake": "8m", "min_requests": 60},
)
SAFETY = f'veto_alarms = ["{estate.VETO}"]\nquiet_after_deploy = "1m"'
# A rehearsal's minutes hold some twenty requests, production's some thousand, and one small machine plays everybody:
# what is said of a rate is less sure here, and a slow answer says nothing of the service. What visitors ask for in vain
# (4xx) grows in their first hour, in which the page may climb.
MORE = f"""
[gates]
confidence_z = 1.0
pass_error_rate = 0.1
fail_error_rate = 0.2
pass_client_error_ratio = 20.0
fail_client_error_ratio = 50.0
pass_p95_ms = 8000.0
fail_p95_ms = 20000.0
p95_min_samples = 5
min_requests = 10
blind_minutes = 6
share_points = 0.2

[load]
pass_p99_ms = 8000.0

[kill_switch]
bucket = "{estate.SWITCH_BUCKET}"
key = "lambda-serves"
region = "{estate.SWITCH_REGION}"

[archive]
bucket = "{estate.ARCHIVE_BUCKET}"
repositories = ["{estate.REPOSITORY}"]
hold = "2m"
two_people = false

[notify]
sns_topic = "{estate.TOPIC}"
"""
ECS = f'cluster = "{estate.CLUSTER}"\nservice = "{estate.SERVICE}"\n'


def write(folder: Path, stack: Stack) -> Path:
    """Put it into that folder; the ledger lies beside it."""
    text = settings_toml(stack.places, stack.clock, LADDER, LEDGER, give_up_after="3h", safety=SAFETY)
    assert "[ecs]\n" in text
    path = folder / FILE
    path.write_text(text.replace("[ecs]\n", f"[ecs]\n{ECS}", 1).replace("\n[reindex]", f"{MORE}\n[reindex]", 1))
    return path
