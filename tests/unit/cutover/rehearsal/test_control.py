"""The stand-ins' own doors."""

import json
import urllib.error

import pytest

from cutover.rehearsal.control import Controls
from tests.unit.cutover.rehearsal.http_script import Answer, Asked, serving


def test_faults_are_put_and_state_is_asked_for_in_parts() -> None:
    def script(asked: Asked) -> Answer:
        return (200, b"") if asked.method == "PUT" else (200, json.dumps({"path": asked.path}).encode())

    with serving(script) as aws, serving(script) as edge:
        controls = Controls(aws.url, edge.url)
        controls.aws_faults({"route53_pending": True})
        controls.edge_faults({"errors": 0.3})
        assert controls.aws_state("live", "served") == {"path": "/_rehearsal/state?only=live,served"}
        assert controls.edge_state() == {"path": "/state"}
    assert [(a.method, a.path, a.body) for a in aws.asked] == [
        ("PUT", "/_rehearsal/faults", b'{"route53_pending": true}'),
        ("GET", "/_rehearsal/state?only=live,served", b""),
    ]
    assert [(a.method, a.path, a.body) for a in edge.asked] == [
        ("PUT", "/faults", b'{"errors": 0.3}'),
        ("GET", "/state", b""),
    ]
    assert {a.headers["content-type"] for a in aws.asked} == {"application/json"}


def test_a_fault_that_is_refused_does_not_pass_unseen() -> None:
    with serving(lambda _: (400, b'{"error": "no such fault"}')) as aws:
        with pytest.raises(urllib.error.HTTPError) as caught:
            Controls(aws.url, aws.url).aws_faults({"nonsense": 1})
        caught.value.close()
