"""How counts reach the CloudWatch stand-in."""

import asyncio
from pathlib import Path

import pytest

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.metrics.meters import GatewayMeter
from cutover.rehearsal.edge.metrics.publisher import Publisher, pause_seconds
from cutover.rehearsal.edge.metrics.tally import Tally
from tests.integration.rehearsal.edge_rig import MetricsTaker, eventually, running_edge

API = {"ApiId": "a"}


class Published:
    """A publisher, its meter, and the taker that it pushes to."""

    def __init__(self, port: int, taker: MetricsTaker) -> None:
        tally = Tally(CompressedClock(60, 0))
        self.meter = GatewayMeter(tally, "a", "$default")
        self.publisher = Publisher(f"http://127.0.0.1:{port}/_rehearsal/metrics", tally)
        self.taker = taker


async def publishing(taker: MetricsTaker) -> tuple[Published, asyncio.Server]:
    server = await asyncio.start_server(taker.serve, "127.0.0.1", 0)
    return Published(server.sockets[0].getsockname()[1], taker), server


@pytest.mark.parametrize(("factor", "seconds"), [(1, 1.0), (30, 1.0), (60, 0.5), (120, 0.25), (3600, 0.1)])
def test_a_push_is_at_most_half_a_simulated_minute_late(factor: float, seconds: float) -> None:
    assert pause_seconds(factor) == seconds


async def test_each_push_holds_only_what_is_new() -> None:
    one, server = await publishing(MetricsTaker())
    async with server:
        one.meter.answered(200, 1.23, 1.0)
        first = await one.publisher.push()
        empty = await one.publisher.push()
        one.meter.answered(200, 1.24, None)
        second = await one.publisher.push()
        assert (first, empty, second, one.taker.pushes) == (True, True, True, 2)
        assert one.taker.samples("Latency", **API) == [(1.2, 1), (1.2, 1)]
        assert one.taker.samples("IntegrationLatency", **API) == [(1.0, 1)]


async def test_a_refused_push_is_kept_and_sent_again() -> None:
    taker = MetricsTaker()
    one, server = await publishing(taker)
    async with server:
        taker.status = 503
        one.meter.answered(500, 1.0, 1.0)
        refused = [await one.publisher.push(), await one.publisher.push()]
        taker.status = 200
        one.meter.answered(404, 1.0, None)
        accepted = await one.publisher.push()
        assert (refused, accepted) == ([False, False], True)
        assert (taker.total("Count", **API), taker.total("5xx", **API), taker.total("4xx", **API)) == (2, 1, 1)


async def test_a_taker_that_is_not_there_or_speaks_no_http_is_survived() -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"hello\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    one = Published(server.sockets[0].getsockname()[1], MetricsTaker())
    one.meter.answered(200, 1.0, 1.0)
    assert not await one.publisher.push()
    server.close()
    assert not await one.publisher.push()


async def test_the_edge_pushes_once_a_second_and_a_last_time_at_its_end(tmp_path: Path) -> None:
    async with running_edge(tmp_path, targeted=False) as rig:
        await rig.alb("GET", "/")
        await eventually(lambda: rig.metrics.pushes == 1, "the first push")
        await rig.gateway("GET", "/nowhere")
    assert rig.metrics.total("Count", ApiId="a1b2c3d4e5") == 1
