"""Moto as a stack runs it: a service of ECS has as many tasks as it wants, at once."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from moto import server
from moto.ecs.models import Service
from moto.elbv2 import models as balancers

from cutover.rehearsal.stack.monitoring import TARGET_GROUP
from cutover.rehearsal.stack.plan import LOAD_BALANCER

_VALIDATOR = "openapi_spec_validator"


def let_tasks_run() -> None:
    """Moto's own services keep the count of their first moment (none), and their first deployment never ends."""
    kind: Any = Service
    kind.running_count, kind.pending_count = property(_wanted, _unheeded), property(_none, _unheeded)
    begin = kind.__init__

    def begin_with_tasks(self: Any, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        for deployment in self.deployments:
            deployment |= {"runningCount": self.desired_count, "pendingCount": 0, "rolloutState": "COMPLETED"}

    kind.__init__ = begin_with_tasks


def spare_a_package() -> None:
    """Moto's API Gateway imports a validator that the import of OpenAPI documents alone would need."""
    package, exceptions = ModuleType(_VALIDATOR), ModuleType(f"{_VALIDATOR}.validation.exceptions")
    package.__dict__.update(validate=_unheeded, validate_spec=_unheeded)
    exceptions.__dict__.update(OpenAPIValidationError=ValueError)
    for module in (package, ModuleType(f"{_VALIDATOR}.validation"), exceptions):
        sys.modules.setdefault(module.__name__, module)


def name_as_planned() -> None:
    """Moto chooses ids of load balancers and target groups; CloudWatch and `cutover.toml` know those of the plan."""
    kinds: Any = balancers
    for kind, planned in (("load_balancer", f"loadbalancer/{LOAD_BALANCER}"), ("target_group", TARGET_GROUP)):
        setattr(kinds, f"make_arn_for_{kind}", _planned(getattr(kinds, f"make_arn_for_{kind}"), planned))


def _planned(make: Callable[..., str], planned: str) -> Callable[..., str]:
    """The ARN as moto makes it, but for the thing that has the planned one's name."""

    def arn(*arguments: Any, **named: Any) -> str:
        made = make(*arguments, **named)
        before, _, _ = made.rpartition("/")
        return f"{before}/{planned.rpartition('/')[2]}" if before.endswith(planned.rpartition("/")[0]) else made

    return arn


def _wanted(service: Any) -> Any:
    return service.desired_count


def _none(_service: Any) -> int:
    return 0


def _unheeded(*_: Any) -> None:
    """What moto itself counts, or would look at."""


if __name__ == "__main__":
    let_tasks_run()
    name_as_planned()
    spare_a_package()
    server.main(sys.argv[1:])
