"""Which metrics each stand-in publishes, under the names and units that the AWS services use."""

from collections import Counter

from cutover.rehearsal.edge.metrics.tally import Tally

ALB_NAMESPACE = "AWS/ApplicationELB"
GATEWAY_NAMESPACE = "AWS/ApiGateway"
LAMBDA_NAMESPACE = "AWS/Lambda"


class AlbMeter:
    """What the load balancer counts; every figure is stamped when the answer ends."""

    def __init__(self, tally: Tally, load_balancer: str) -> None:
        dimensions = {"LoadBalancer": load_balancer}
        self.answers: Counter[str] = Counter()
        self._tally = tally
        self._requests = tally.series(ALB_NAMESPACE, "RequestCount", "Count", dimensions)
        self._target_time = tally.series(ALB_NAMESPACE, "TargetResponseTime", "Seconds", dimensions)
        self._by_target = {
            hundreds: tally.series(ALB_NAMESPACE, f"HTTPCode_Target_{hundreds}XX_Count", "Count", dimensions)
            for hundreds in (2, 3, 4, 5)
        }
        self._by_balancer = {
            hundreds: tally.series(ALB_NAMESPACE, f"HTTPCode_ELB_{hundreds}XX_Count", "Count", dimensions)
            for hundreds in (4, 5)
        }

    def target_answered(self, status: int, seconds: float) -> None:
        """The target's answer was passed on; `seconds` until the target began it."""
        minute = self._tally.minute()
        self._requests.add(minute)
        self._by_target[status // 100].add(minute)
        self._target_time.add(minute, round(seconds, 4))
        self.answers[f"{status // 100}xx"] += 1

    def balancer_answered(self, status: int, *, target_chosen: bool) -> None:
        """The balancer answered by itself (460: nobody was left to answer)."""
        minute = self._tally.minute()
        if target_chosen:
            self._requests.add(minute)
        self._by_balancer[status // 100].add(minute)
        self.answers[f"{status // 100}xx"] += 1


class GatewayMeter:
    """What the HTTP API counts, once for the API and once for its stage; stamped when the answer is given."""

    def __init__(self, tally: Tally, api_id: str, stage: str) -> None:
        sets = ({"ApiId": api_id}, {"ApiId": api_id, "Stage": stage})
        self.answers: Counter[str] = Counter()
        self._tally = tally
        self._count = tally.series(GATEWAY_NAMESPACE, "Count", "Count", *sets)
        self._client_errors = tally.series(GATEWAY_NAMESPACE, "4xx", "Count", *sets)
        self._server_errors = tally.series(GATEWAY_NAMESPACE, "5xx", "Count", *sets)
        self._latency = tally.series(GATEWAY_NAMESPACE, "Latency", "Milliseconds", *sets)
        self._integration_latency = tally.series(GATEWAY_NAMESPACE, "IntegrationLatency", "Milliseconds", *sets)

    def answered(self, status: int, latency_ms: float, integration_ms: float | None) -> None:
        """One answer; `integration_ms` is None where no function was asked."""
        minute = self._tally.minute()
        hundreds = status // 100
        self._count.add(minute)
        self._latency.add(minute, round(latency_ms, 1))
        if integration_ms is not None:
            self._integration_latency.add(minute, round(integration_ms, 1))
        if hundreds == 4:
            self._client_errors.add(minute)
        elif hundreds == 5:
            self._server_errors.add(minute)
        self.answers[f"{hundreds}xx"] += 1


class FunctionMeter:
    """What Lambda counts for one function; figures of an invocation are stamped with its start, as Lambda does."""

    def __init__(self, tally: Tally, function_name: str) -> None:
        dimensions = {"FunctionName": function_name}
        self.cold_starts = 0
        self._tally = tally
        self._invocations = tally.series(LAMBDA_NAMESPACE, "Invocations", "Count", dimensions)
        self._errors = tally.series(LAMBDA_NAMESPACE, "Errors", "Count", dimensions)
        self._throttles = tally.series(LAMBDA_NAMESPACE, "Throttles", "Count", dimensions)
        self._duration = tally.series(LAMBDA_NAMESPACE, "Duration", "Milliseconds", dimensions)
        self._concurrency = tally.series(LAMBDA_NAMESPACE, "ConcurrentExecutions", "Count", dimensions)

    def began(self, concurrent: int) -> int:
        """An invocation is placed, now the `concurrent`-th under way; returns the minute to stamp it with."""
        minute = self._tally.minute()
        self._concurrency.add(minute, float(concurrent))
        return minute

    def ended(self, minute: int, duration_ms: float, *, failed: bool) -> None:
        """An invocation that was placed in `minute` has ended."""
        self._invocations.add(minute)
        self._duration.add(minute, round(duration_ms, 1))
        if failed:
            self._errors.add(minute)

    def throttled(self) -> None:
        """An invocation was refused for want of concurrency."""
        self._throttles.add(self._tally.minute())

    def cold_start(self) -> None:
        """A request has waited for a new environment; Lambda has no metric of that, the service publishes its own."""
        self.cold_starts += 1
