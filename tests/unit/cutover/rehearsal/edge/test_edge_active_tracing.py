"""What active tracing tells an invocation: a trace that goes on, and who is recorded."""

import re

from cutover.rehearsal.edge.config import SamplingConfig
from cutover.rehearsal.edge.functions.active_tracing import ActiveTracing

ROOT = "1-67891233-abcdef012345678912345678"
NEW = "1-67891234-000000000000000000000000"


def test_a_root_and_a_decision_that_were_sent_are_kept_and_the_functions_segment_is_the_parent() -> None:
    tracing = ActiveTracing(SamplingConfig(per_second=0, share=0))
    for sent in ("0", "1"):
        told = tracing.header(f"Self=1-a-b;Root={ROOT};Parent=53995c3f42cd8ad8;Sampled={sent}", NEW)
        assert re.fullmatch(rf"Root={ROOT};Parent=(?!53995c3f42cd8ad8)[0-9a-f]{{16}};Sampled={sent}", told)


def test_what_is_no_root_is_replaced() -> None:
    tracing = ActiveTracing(SamplingConfig(per_second=0, share=0))
    for sent in ("", "Root=nonsense", f"NotRoot={ROOT}"):
        assert tracing.header(sent, NEW).startswith(f"Root={NEW};Parent=")


def test_each_second_the_first_is_recorded_and_of_the_others_a_share() -> None:
    second = [0.0]
    tracing = ActiveTracing(SamplingConfig(per_second=1, share=0), lambda: second[0])
    told = []
    for second[0] in (10.0, 10.1, 10.9, 11.0, 11.5):
        told.append(tracing.header("", NEW)[-1])
    assert told == ["1", "0", "0", "1", "0"]
    always = ActiveTracing(SamplingConfig(per_second=0, share=1))
    assert always.header("", NEW).endswith("Sampled=1")
