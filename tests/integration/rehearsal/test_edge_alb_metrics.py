"""What the load balancer measures, and the faults that are ordered of it."""

import asyncio
import time
from pathlib import Path

from tests.integration.rehearsal.edge_alb import BALANCER, client
from tests.integration.rehearsal.edge_rig import answering, eventually, request, running_edge


async def test_ordered_errors_and_latency_are_seen_and_counted(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig:
        await rig.faults(alb_errors=1.0)
        broken = await rig.alb("GET", "/")
        await rig.faults(alb_latency_ms=150)
        began = time.perf_counter()
        slow = await rig.alb("POST", "/", body=b"abc")
        took = time.perf_counter() - began
        await rig.faults()
        assert (broken.status, slow.body, took >= 0.15) == (502, b"POST / 3", True)
        assert len(rig.target.received) == 1
        await eventually(lambda: rig.metrics.total("RequestCount", LoadBalancer=BALANCER) == 2, "both are counted")
        times = rig.metrics.samples("TargetResponseTime", LoadBalancer=BALANCER)
        assert [(value >= 0.15, count) for value, count in times] == [(True, 1)]


async def test_a_latency_beyond_the_idle_timeout_is_a_504(tmp_path: Path) -> None:
    async with running_edge(tmp_path, idle_timeout_seconds=0.1) as rig:
        await rig.faults(alb_latency_ms=300)
        async with client(rig) as one:
            assert (await one.ask("GET", "/")).status == 504
            await rig.faults()
            for _ in range(8):  # keeps the connection from being idle until the latency is over
                assert (await one.ask("GET", "/next")).body == b"GET /next 0"
                await asyncio.sleep(0.05)
        assert [got.path for got in rig.target.received] == ["/next"] * 8


async def test_every_answer_is_counted_under_its_series(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig:
        for status in (200, 301, 404, 500):
            rig.target.script = answering(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
            await rig.alb("GET", "/")
        rig.target.script = answering(b"", close=True)
        await rig.alb("GET", "/")
        async with client(rig) as one:
            await one.send(b"nonsense\r\n\r\n")
            await one.answer()
        rig.target.script = answering(b"")
        async with client(rig) as gone:
            await gone.send(request("GET", "/"))
            await eventually(lambda: len(rig.target.received) == 6, "the target is asked")
        await eventually(lambda: rig.metrics.total("RequestCount", LoadBalancer=BALANCER) == 6, "all are counted")
        counted = {datum["metric"] for datum in rig.metrics.data}
        assert rig.metrics.total("HTTPCode_ELB_5XX_Count", LoadBalancer=BALANCER) == 1
        assert rig.metrics.total("HTTPCode_ELB_4XX_Count", LoadBalancer=BALANCER) == 2
        assert sum(count for _, count in rig.metrics.samples("TargetResponseTime", LoadBalancer=BALANCER)) == 4
        assert {f"HTTPCode_Target_{hundreds}XX_Count" for hundreds in (2, 3, 4, 5)} <= counted
        assert (await rig.state())["requests"]["ecs"] == {"2xx": 1, "3xx": 1, "4xx": 3, "5xx": 2}
