"""The channels: a webhook on loopback, a topic in moto, a real program; their failures told without their secrets."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cutover.absent import SILENT
from cutover.aws.clients import Clients
from cutover.aws.sns import SnsTopic, region_of, subject
from cutover.notify import Channels, Command, Slack, slack_text
from cutover.ports import Notice, Undelivered
from cutover.sections import AwsSettings
from cutover.world import build_world
from tests.fakes.world import settings_with

NOTICE = Notice("api.example.com: Lambda 10% → 50%, INSYNC", "go back: cutover rollback", False, {"event": "insync"})
URGENT = Notice("api.example.com: ROLLED BACK <now>", "errors & more", True, {"event": "rolled-back"})
SECRET = "T000/B000/s3cr3t"  # what must not be seen


@dataclass
class Webhook:
    """What arrived at a loopback server that answers with `status`."""

    url: str = ""
    status: int = 200
    bodies: list[Any] = field(default_factory=list)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A server like Slack's."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(hook.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: Any) -> None:
            """Silence."""

    with serving(Handler) as port:
        hook.url = f"http://127.0.0.1:{port}/services/{SECRET}"
        yield hook


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """A loopback server on a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def undelivered(channel: Callable[[Notice], None]) -> str:
    """Why it did not arrive."""
    with pytest.raises(Undelivered) as caught:
        channel(NOTICE)
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"
    return str(caught.value)


def program(*lines: str) -> list[str]:
    """A Python program as arguments."""
    return [sys.executable, "-c", "\n".join(lines)]


def test_slack_gets_the_title_and_the_text_in_its_own_markup(webhook: Webhook) -> None:
    Slack(webhook.url, "HOOK", 5)(NOTICE)

    assert webhook.bodies == [{"text": f"*{NOTICE.title}*\n{NOTICE.text}"}]


def test_what_is_urgent_stands_out_and_signs_are_escaped() -> None:
    assert slack_text(URGENT) == ":rotating_light: *api.example.com: ROLLED BACK &lt;now&gt;*\nerrors &amp; more"


def test_a_webhook_that_refuses_is_told_by_its_variable(webhook: Webhook) -> None:
    webhook.status = 404

    assert undelivered(Slack(webhook.url, "HOOK", 5)) == "the webhook answered 404; is HOOK still good?"


def test_a_webhook_that_nobody_serves_is_told() -> None:
    why = undelivered(Slack(f"http://127.0.0.1:1/{SECRET}", "HOOK", 1))

    assert why == "the webhook can't be reached (ConnectionRefusedError)"


def test_a_webhook_that_never_answers_is_not_waited_for() -> None:
    never = threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            never.wait(10)

    with serving(Silent) as port:
        why = undelivered(Slack(f"http://127.0.0.1:{port}/{SECRET}", "HOOK", 0.1))
        never.set()

    assert why == "the webhook can't be reached (TimeoutError)"


@pytest.mark.parametrize(
    "url", [f"http://example.com/{SECRET}", SECRET, "https://", f"https://[::{SECRET}", f"ftp://127.0.0.1/{SECRET}"]
)
def test_what_is_no_webhook_is_told_without_being_shown(url: str) -> None:
    assert undelivered(Slack(url, "HOOK", 1)) == "what HOOK holds is no https address"


def test_a_variable_that_is_not_set_is_named() -> None:
    assert undelivered(Slack("", "HOOK", 1)) == "the environment variable HOOK holds no webhook"


def test_a_program_gets_the_notice_as_json(tmp_path: Path) -> None:
    there = tmp_path / "notice $(x).json"
    argv = [*program("import sys", "open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"), str(there)]

    Command(argv, 30)(URGENT)

    assert json.loads(there.read_bytes()) == {
        "schema": "cutover.notice/1",
        "title": URGENT.title,
        "text": URGENT.text,
        "urgent": True,
        "facts": {"event": "rolled-back"},
    }


@pytest.mark.parametrize(
    ("argv", "timeout", "why"),
    [
        (program("raise SystemExit(3)"), 30, "ended with 3"),
        (program("import time", "time.sleep(60)"), 0.3, "took over 0.3 s"),
        (["/nonexistent/page-me"], 5, "can't be run"),
        (["page\0me"], 5, "can't be run"),
    ],
)
def test_a_program_that_fails_is_told(argv: list[str], timeout: float, why: str) -> None:
    assert why in undelivered(Command(argv, timeout))


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any]]:
    """A topic, and the queue that gets what is published."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        arn = boto3.client("sns", region_name="eu-west-1").create_topic(Name="people")["TopicArn"]
        yield arn, _backend(arn)


def _backend(arn: str) -> Any:
    from moto.sns.models import sns_backends

    return sns_backends[arn.split(":")[4]]["eu-west-1"]


def test_a_topic_gets_the_notice_with_its_urgency_as_an_attribute(topic: tuple[str, Any]) -> None:
    arn, backend = topic

    SnsTopic.of(Clients(AwsSettings(region="us-east-1")), arn, 5)(URGENT)

    [(_, message, said, attributes, _)] = backend.topics[arn].sent_notifications
    assert said == "URGENT api.example.com: ROLLED BACK <now>"
    assert message.startswith("api.example.com: ROLLED BACK <now>\n\nerrors & more")
    assert '"event": "rolled-back"' in message
    assert attributes["urgent"]["Value"] == "true"


def test_a_topic_that_is_gone_is_told(topic: tuple[str, Any]) -> None:
    arn, _ = topic

    assert "sns:Publish: NotFound" in undelivered(SnsTopic.of(Clients(AwsSettings()), f"{arn}-gone", 5))


def test_a_subject_is_short_ascii_on_one_line() -> None:
    long = Notice("Lambda 10% → 50% é" + "x" * 200, "", False, {})

    assert subject(long).startswith("Lambda 10% -> 50% ?xx")
    assert len(subject(long)) < 100
    assert subject(long).isascii()


@pytest.mark.parametrize(
    ("arn", "region"), [("arn:aws:sns:eu-west-1:123456789012:people", "eu-west-1"), ("people", "")]
)
def test_a_topic_lives_in_its_own_region(arn: str, region: str) -> None:
    assert region_of(arn) == region


def test_every_channel_gets_every_notice_in_order_and_nobody_waits() -> None:
    gate, one, two = threading.Event(), list[Notice](), list[Notice]()

    def slow(notice: Notice) -> None:
        gate.wait(10)
        one.append(notice)

    channels = Channels({"slow": slow, "quick": two.append})

    for notice in (NOTICE, URGENT, NOTICE):
        channels.tell(notice)
    assert channels.finish(0.05) == ["slow: not delivered within 0.05 s"]
    gate.set()

    assert channels.finish(10) == []
    assert one == two == [NOTICE, URGENT, NOTICE]


def test_a_problem_is_told_once_however_often_it_happens_and_only_until_it_was_told() -> None:
    def failing(_: Notice) -> None:
        raise Undelivered("the webhook answered 404")

    channels = Channels({"slack": failing})
    for _ in range(3):
        channels.tell(NOTICE)

    assert channels.finish(10) == ["slack: the webhook answered 404"]
    assert channels.finish(10) == []


def test_a_bug_in_a_channel_costs_one_notice_and_shows_no_secret() -> None:
    seen: list[Notice] = []

    def odd(notice: Notice) -> None:
        seen.append(notice)
        if len(seen) == 1:
            raise KeyError(SECRET)

    channels = Channels({"odd": odd})
    channels.tell(NOTICE)
    channels.tell(URGENT)

    assert channels.finish(10) == ["odd: this is a bug: KeyError"]
    assert seen == [NOTICE, URGENT]


def test_the_time_in_the_end_is_for_all_channels_together() -> None:
    never = threading.Event()
    channels = Channels({name: lambda _: (never.wait(10), None)[1] for name in ("one", "two", "three")})
    channels.tell(NOTICE)
    began = time.monotonic()

    assert len(channels.finish(0.1)) == 3

    assert time.monotonic() - began < 5
    never.set()


def test_the_settings_say_who_is_told(webhook: Webhook, tmp_path: Path) -> None:
    there = tmp_path / "notice.json"
    argv = [*program("import sys", "open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"), str(there)]
    notify = {"slack_webhook_env": "HOOK", "command": argv, "timeout": "30s"}
    ledger = {"path": str(tmp_path / "ledger.jsonl")}

    notifier = build_world(settings_with(notify=notify, ledger=ledger), {"HOOK": webhook.url}).notifier
    notifier.tell(NOTICE)

    assert notifier.finish(30) == []
    assert len(webhook.bodies) == 1
    assert json.loads(there.read_bytes())["title"] == NOTICE.title


def test_a_topic_in_the_settings_is_a_channel(topic: tuple[str, Any], tmp_path: Path) -> None:
    arn, backend = topic
    settings = settings_with(notify={"sns_topic": arn}, ledger={"path": str(tmp_path / "ledger.jsonl")})

    notifier = build_world(settings).notifier
    notifier.tell(NOTICE)

    assert notifier.finish(30) == []
    assert len(backend.topics[arn].sent_notifications) == 1


def test_without_channels_it_is_silent_and_without_a_bucket_there_is_no_switch() -> None:
    world = build_world(settings_with())

    assert world.notifier is SILENT
    assert list(world.notifier.finish(1)) == []
    assert not world.switch.is_set_up
    assert build_world(settings_with(kill_switch={"bucket": "switches"})).switch.is_set_up
