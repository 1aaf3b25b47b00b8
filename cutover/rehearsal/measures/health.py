"""The target group's health check of a task, as `infra/stacks/container.py` has it."""

from dataclasses import dataclass

INTERVAL_SECONDS = 15.0
LEAST_INTERVAL_SECONDS = 0.5  # of real time: a check is work for the task, too
TIMEOUT_SECONDS = 2.0  # real ones: the machine does not get faster with the clock
HEALTHY_AFTER = 2
UNHEALTHY_AFTER = 4


@dataclass(slots=True)
class Target:
    """One target; it is new until its first answer, which is enough to take it in."""

    healthy: bool | None = None
    _same: int = 0

    def checked(self, answered: bool) -> None:
        """Take one check's outcome in."""
        if self.healthy is None:
            self.healthy = True if answered else None
            return
        if answered == self.healthy:
            self._same = 0
            return
        self._same += 1
        if self._same >= (HEALTHY_AFTER if answered else UNHEALTHY_AFTER):
            self.healthy, self._same = answered, 0
