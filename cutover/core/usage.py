"""What both sides have used in a span of time, as their metrics tell it; None is not known, which is not zero."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class FunctionUsage:
    """One Lambda function. `provisioned` are environments kept ready, `duration_ms` all invocations' together."""

    name: str
    memory_mb: int | None = None
    is_arm: bool = False
    invocations: float | None = None
    duration_ms: float | None = None
    provisioned: int | None = None

    @property
    def gb_seconds(self) -> float | None:
        """Memory times time."""
        if self.memory_mb is None or self.duration_ms is None:
            return None
        return self.memory_mb / 1024 * self.duration_ms / 1000


@dataclass(frozen=True, slots=True)
class TaskSize:
    """One ECS task on Fargate."""

    vcpus: float
    memory_gb: float
    is_arm: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over `span`, and what is true now. `unknown`: what could not be asked, by the field's name, and why."""

    span: timedelta
    functions: tuple[FunctionUsage, ...] | None = None
    api_requests: float | None = None
    alb_requests: float | None = None
    alb_lcus: float | None = None  # consumed on average
    tasks_now: int | None = None
    task_hours: float | None = None
    task_size: TaskSize | None = None
    has_proxy: bool = False
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """Lambda's part of all requests; None where one side's are not known, or there are none."""
        if self.api_requests is None or self.alb_requests is None:
            return None
        together = self.api_requests + self.alb_requests
        return self.api_requests / together if together else None
