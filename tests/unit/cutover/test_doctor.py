"""`cutover doctor`: a whole look at a world, its screen; who acts (D16, D17), by which clock (D18), in which zone."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cutover.cli import cli
from cutover.core.account import AccountFacts, Credentials, HostedZone
from cutover.core.models import Side, SideEvidence
from cutover.flow.doctor import gathering
from tests.fakes.world import fake_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import NEUTRAL, invoke
from tests.unit.cutover.sound_world import ADA, SOUND, examined, found, sound


def test_a_sound_world_has_nothing_to_mend() -> None:
    world = sound()

    code, findings = examined(world)

    assert code == 0
    assert {check: one["text"] for check, one in findings.items() if one["level"] != "ok"} == {}
    assert len(findings) == 27


def test_it_changes_nothing_and_gives_the_lease_back() -> None:
    world = sound()
    before = list(world.ledger.lines)

    invoke(world, "doctor")

    assert world.weights.applied == []
    assert world.ledger.lines == before
    assert world.ledger.kept == {}
    assert world.ledger.held_by == ""
    assert (world.ecs.raised_to, world.switch.thrown, world.notifier.told) == ([], [], [])


def test_the_screen_is_grouped_by_theme_and_says_how_to_mend() -> None:
    world = sound()
    world.account.found = replace(SOUND, denied=("route53:ChangeResourceRecordSets",))

    result = invoke(world, "doctor")

    assert result.exit_code == 8
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    themes = ["settings and access", "records", "telemetry", "both sides", "ledger", "the way back", "raising now"]
    assert [line for line in lines if line in themes] == themes
    at = next(index for index, line in enumerate(lines) if line.startswith("  ✗ permission"))
    assert lines[at + 1].strip().startswith("→ allow it on arn:aws:route53:::hostedzone/Z123")
    assert "1 must mend" in lines[0]
    assert "1 must be mended (permission)" in result.stderr
    assert "next: cutover doctor" in result.stderr


def test_an_unnamed_world_is_told_what_is_left_out() -> None:
    code, findings = examined(fake_world())

    assert code == 8  # Lambda has never been called
    assert findings["settings"]["level"] == "warning"
    assert "10 optional parts left out: ecs.service; lambda.functions;" in findings["settings"]["text"]
    levels = {check: findings[check]["level"] for check in ("alarms", "kill switch", "notifications")}
    assert set(levels.values()) == {"warning"}
    unasked = ("credentials", "permission", "clock", "zone", "ipv6", "ecs capacity", "concurrency", "request sizes")
    assert {findings[check]["level"] for check in (*unasked, "drill", "deploys")} == {"not checked"}
    assert findings["drift"]["text"].startswith("the ledger knows no records yet")


def test_broken_settings_end_it_at_once(tmp_path: Path) -> None:
    config = tmp_path / "cutover.toml"
    config.write_text("name = 7")

    result = CliRunner(env=NEUTRAL).invoke(cli, ["--config", str(config), "doctor"])

    assert result.exit_code == 2
    assert "mend the settings" in result.stderr


def test_a_world_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    world = sound()
    monkeypatch.setattr(gathering, "DEADLINE_SECONDS", 0.2)
    monkeypatch.setattr(gathering, "GRACE_SECONDS", 0.1)

    def hang(*_: Any) -> Any:
        time.sleep(2)
        return SideEvidence((), ())

    for port, method in (
        (world.weights, "read"), (world.metrics, "read"), (world.account, "inspect"), (world.surveyor, "survey"),
        (world.ledger, "events"), (world.switch, "serving"),
    ):  # fmt: skip
        monkeypatch.setattr(port, method, hang)
    facts = gathering.gather(world.ports, 0.2)

    assert facts.snapshot == "Route 53 did not answer in time"
    assert facts.ledger_trouble == "the ledger did not answer in time"
    assert facts.account.unknown == {"credentials": "AWS did not answer in time"}
    assert facts.surroundings.unknown == {"alarms": "AWS did not answer in time"}
    assert facts.metrics[Side.ECS] == "CloudWatch did not answer in time"
    assert facts.serving == "the kill switch did not answer in time"
    assert facts.answers is None
    assert facts.demand is None


@pytest.mark.parametrize(
    ("keys", "level", "said"),
    [
        (Credentials(ADA, "env", lasts=False, expires=START + timedelta(hours=1)), "warning", "09:00 UTC, in 1h"),
        (Credentials(ADA, "env", lasts=False, expires=START + timedelta(minutes=91)), "ok", "10:31 UTC"),
        (Credentials(ADA, "env", lasts=False, expires=START - timedelta(hours=1)), "warning", "in 0s"),
        (Credentials(ADA, "sso", lasts=False), "warning", "a session (sso), and nobody knows here when it ends"),
    ],
)
def test_keys_that_end_before_the_bakes_do_are_told(keys: Credentials, level: str, said: str) -> None:
    world = sound()
    world.account.found = replace(SOUND, credentials=keys)

    code, how_bad, words = found(world, "credentials")

    assert (code, how_bad) == (0, level)
    assert said.replace("09:00", "10:00") in words
    assert level == "ok" or "the bakes that are left take 1h30m" in words
    assert level == "ok" or "aws sso login" in words


def test_without_credentials_nothing_else_can_be_said() -> None:
    world = sound()
    world.account.found = AccountFacts(unknown={"credentials": "there are no AWS credentials"})

    assert found(world, "credentials")[:2] == (8, "must mend")


def test_a_missing_permission_is_found_without_writing() -> None:
    world = sound()
    world.account.found = replace(SOUND, denied=("route53:ChangeResourceRecordSets",))

    code, level, words = found(world, "permission")

    assert (code, level) == (8, "must mend")
    assert "IAM says no to route53:ChangeResourceRecordSets on hosted zone Z123" in words
    assert "apply" not in " ".join(world.calls.names)


def test_a_permission_that_may_not_be_simulated_is_not_checked() -> None:
    world = sound()
    world.account.found = replace(SOUND, denied=None, unknown={"denied": "iam:SimulatePrincipalPolicy: AccessDenied"})

    code, level, words = found(world, "permission")

    assert (code, level) == (0, "not checked")
    assert "iam:SimulatePrincipalPolicy" in words


@pytest.mark.parametrize(
    ("skew", "level", "said"),
    [
        (5.0, "ok", ""),
        (-5.1, "must mend", "5s ahead of"),
        (600.0, "must mend", "10m behind"),
        (None, "not checked", "did not answer in time"),
    ],
)
def test_a_clock_over_five_seconds_off_must_be_set(skew: float | None, level: str, said: str) -> None:
    world = sound()
    world.account.found = replace(SOUND, skew_seconds=skew, unknown={"skew_seconds": "sts did not answer in time"})

    code, how_bad, words = found(world, "clock")

    assert (code, how_bad) == (8 if level == "must mend" else 0, level)
    assert said in words


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        (HostedZone("example.com", is_private=True), "is a private zone"),
        (HostedZone("ample.com", is_private=False), "has no api.example.com in it"),
    ],
)
def test_the_zone_must_be_the_public_one_of_the_name(zone: HostedZone, said: str) -> None:
    world = sound()
    world.account.found = replace(SOUND, zone=zone)

    code, level, words = found(world, "zone")

    assert (code, level) == (8, "must mend")
    assert said in words


def test_the_zones_own_name_is_in_it() -> None:
    world = sound()
    world.account.found = replace(SOUND, zone=HostedZone("api.example.com", is_private=False))

    assert found(world, "zone")[:2] == (0, "ok")
