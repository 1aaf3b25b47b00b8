"""The numbers of this tool to CloudWatch, by PutMetricData."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.core.metering import Reading
from cutover.ports import NotAllowed, Undelivered
from cutover.settings import BadSettings

ATTEMPTS = 2
READ_SECONDS = 3.0
MOST_AT_ONCE = 500  # of 1000 that AWS takes in a request


class MetricSender:
    """Sends readings of one stage. `client` makes the boto3 client when it is first needed."""

    def __init__(self, client: Callable[[], Any], namespace: str, stage: str, profile: str = "") -> None:
        self._make_client, self._namespace, self._stage, self._profile = client, namespace, stage, profile

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    def __call__(self, readings: Sequence[Reading]) -> None:
        """Send them. Raises Undelivered."""
        for start in range(0, len(readings), MOST_AT_ONCE):
            asked = [self._datum(reading) for reading in readings[start : start + MOST_AT_ONCE]]
            try:
                with translated("cloudwatch:PutMetricData", self._profile):
                    self._client.put_metric_data(Namespace=self._namespace, MetricData=asked)
            except (Again, Rejected, NotAllowed, BadSettings) as error:
                raise Undelivered(str(error)) from error

    def _datum(self, reading: Reading) -> dict[str, Any]:
        return {
            "MetricName": reading.name.value,
            "Dimensions": [{"Name": "Stage", "Value": self._stage}],
            "Timestamp": reading.at,
            "Value": reading.value,
            "Unit": reading.unit,
        }
