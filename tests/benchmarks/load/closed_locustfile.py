"""A closed loop, as load tests with Locust usually are: each user waits for its answer before it asks again."""

import json
import os
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant_throughput, events, task
from locust.env import Environment

PERCENTS = (50, 95, 99)


class Visitor(FastHttpUser):
    """One of those who are there all the time."""

    wait_time = constant_throughput(float(os.environ["CLOSED_REQUESTS_PER_SECOND"]))

    @task
    def look(self) -> None:
        """The one request."""
        self.client.get("/")


def _tell(environment: Environment, **_: Any) -> None:
    """Locust's own figures, as its table and its page show them."""
    total = environment.stats.total
    told = {str(percent): total.get_response_time_percentile(percent / 100) for percent in PERCENTS}
    answered = total.num_requests - total.num_failures
    Path(os.environ["CLOSED_FIGURES"]).write_text(json.dumps({"answered": answered, "ms": told}), encoding="utf-8")


events.quitting.add_listener(_tell)  # type: ignore[no-untyped-call]
