"""What trace headers say, and who is recorded by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.telemetry.trace_header import TraceHeader

ROOT = "1-67891233-abcdef012345678912345678"
PARENT = "53995c3f42cd8ad8"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Root={ROOT}", TraceHeader(ROOT)),
        (f"Root={ROOT};Parent={PARENT};Sampled=1", TraceHeader(ROOT, PARENT, sampled=True)),
        (f"Self=1-67891234-12456789abcdef012345678;Root={ROOT};Sampled=0", TraceHeader(ROOT, sampled=False)),
        (f"Sampled=1; Parent={PARENT} ; Root={ROOT};Lineage=1:a:0", TraceHeader(ROOT, PARENT, sampled=True)),
        (f"Root={ROOT};Parent=nobody;Sampled=?", TraceHeader(ROOT)),
        ("", None),
        ("Root=1-2-3", None),
        (f"root={ROOT}", None),
        (f"Root={ROOT.upper()}", None),
    ],
    ids=["root", "lambda", "self", "any-order", "odd-parts", "none", "no-id", "case", "upper"],
)
def test_a_header_is_read_in_any_order_and_only_in_its_form(text: str, found: TraceHeader | None) -> None:
    assert TraceHeader.parse(text) == found


@given(st.text())
def test_any_text_at_all_is_a_header_or_none(text: str) -> None:
    header = TraceHeader.parse(text)
    assert header is None or f"Root={header.root}" in text


def test_a_new_trace_has_the_form_of_xrays_ids_and_another_id_each_time() -> None:
    first, second = TraceHeader.new(), TraceHeader.new()
    assert TraceHeader.parse(f"Root={first.root}") == first
    assert first.root != second.root


def test_what_was_decided_before_is_not_decided_again() -> None:
    assert TraceHeader(ROOT, sampled=True).is_sampled(0.0)
    assert not TraceHeader(ROOT, sampled=False).is_sampled(1.0)


def test_a_share_of_traces_is_recorded_and_the_same_ones_each_time() -> None:
    headers = [TraceHeader.new() for _ in range(4000)]
    chosen = [header.is_sampled(0.05) for header in headers]
    assert 100 < sum(chosen) < 320
    assert chosen == [header.is_sampled(0.05) for header in headers]
    assert all(header.is_sampled(1.0) for header in headers)
    assert not any(header.is_sampled(0.0) for header in headers)
    assert TraceHeader(f"1-67891233-{'f' * 24}").is_sampled(1.0)


def test_opentelemetry_and_xray_mean_the_same_trace() -> None:
    assert f"{TraceHeader(ROOT).trace_number:032x}" == ROOT[2:].replace("-", "")
