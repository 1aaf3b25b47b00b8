"""What is billed by use: how much of it a stage is taken to have, and what that makes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dashboards.metrics import billed
from infra.costs.lines import SECONDS, Line, line

MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A month's traffic and what it leaves behind. `memory_mb`: of the functions, on average over requests."""

    basis: str
    requests: float
    duration_ms: float = 500
    memory_mb: int = 1024
    restores: float  # environments that start from a snapshot
    logs_gb: float
    flows_gb: float  # of a VPC's flow log
    metrics: int = billed()
    transfer_gb: float
    nat_gb: float
    files_gb: float
    gets: float
    puts: float
    images_gb: float = 4.5  # 30 images of 150 MB, which share their lower layers
    ledger_writes: float = 50_000  # a run writes a line a minute

    @property
    def traces(self) -> float:
        """X-Ray's own sampling: the first request of a second, and 5% of the others."""
        first = min(self.requests, SECONDS)
        return first + 0.05 * (self.requests - first)


USAGE: Mapping[str, Usage] = {
    "production": Usage(
        basis="the document's traffic; starts from snapshots, flow logs and the ledger are assumed",
        requests=10 * MILLION,
        restores=50_000,
        logs_gb=10,
        flows_gb=5,
        transfer_gb=15 / 0.09,  # the document has the dollars only
        nat_gb=50,
        files_gb=50,
        gets=1 * MILLION,
        puts=0.1 * MILLION,
    ),
    "staging": Usage(
        basis="assumed: a hundredth of production's traffic, most of it from tests",
        requests=0.1 * MILLION,
        restores=5_000,
        logs_gb=1,
        flows_gb=1,
        transfer_gb=2,
        nat_gb=5,
        files_gb=5,
        gets=0.05 * MILLION,
        puts=0.01 * MILLION,
    ),
    "development": Usage(
        basis="assumed: one developer, who leaves it running all month",
        requests=0.01 * MILLION,
        restores=0,
        logs_gb=0.2,
        flows_gb=0.2,
        transfer_gb=0.5,
        nat_gb=1,
        files_gb=1,
        gets=0.01 * MILLION,
        puts=0.001 * MILLION,
        images_gb=0.5,
        ledger_writes=1_000,
    ),
}


def of_functions(usage: Usage, architecture: str, *, restored: bool) -> Iterator[Line]:
    """Requests through the gateway to Lambda, and the telemetry that they leave."""
    requests = usage.requests / MILLION
    gb_seconds = usage.requests * usage.duration_ms / 1000 * usage.memory_mb / 1024
    yield line("Lambda", "requests of the HTTP API", requests, "http api")
    yield line("Lambda", "requests of functions", requests, "lambda requests")
    yield line("Lambda", f"duration, {architecture}", gb_seconds, f"lambda {architecture}")
    if restored:
        yield line("Lambda", "starts from a snapshot", usage.restores * usage.memory_mb / 1024, "lambda restore")
    yield line("Lambda", "logs", usage.logs_gb, "logs")
    yield line("Lambda", "X-Ray traces", usage.traces / MILLION, "traces")


def of_everything(usage: Usage) -> Iterator[Line]:
    """What is neither Lambda's nor ECS's alone."""
    yield line("S3", "files", usage.files_gb, "s3 storage")
    yield line("S3", "files read", usage.gets / MILLION, "s3 gets")
    yield line("S3", "files written", usage.puts / MILLION, "s3 puts")
    yield line("Transfer", "answers and files to the internet", usage.transfer_gb, "transfer")
    yield line("Metrics", "custom metrics, of the service and of cutover", usage.metrics, "metric")
