"""Values of data stores' metrics that a rehearsal wants CloudWatch to show, whatever the servers say."""

import math
from collections.abc import Mapping

from cutover.rehearsal.aws.wire import AwsError
from cutover.rehearsal.measures.catalogue import PUBLISHED, named


class Overrides:
    """The values in force; whoever publishes the metrics asks for them each minute."""

    def __init__(self) -> None:
        self.now: Mapping[str, float] = {}

    def replace(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """Forget the old ones; these hold from now on. Raises AwsError for a name that nobody publishes."""
        for name, value in values.items():
            if named(name) is None:
                raise AwsError("UnknownMetric", f"{name} is not published; there are {', '.join(sorted(PUBLISHED))}")
            if not math.isfinite(value):
                raise AwsError("BadValue", f"{name}: {value} is no number")
        self.now = dict(values)
        return self.now
