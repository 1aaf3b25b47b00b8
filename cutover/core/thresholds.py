"""The limits that say whether the service does well; the gates and the load tests' verdict start from the same ones."""

PASS_ERROR_RATE = 0.01  # no answer or a 5xx, of all requests
FAIL_ERROR_RATE = 0.02
PASS_P95_MS = 500.0
FAIL_P95_MS = 1000.0
P95_MIN_SAMPLES = 200  # fewer requests say nothing about a p95
FAIL_THROTTLE_RATE = 0.01  # 429, of all requests
PASS_P99_MS = 1000.0  # load tests only, as all below
MIN_DELIVERED = 0.97  # of the arrivals that were asked for
RECOVERY_SECONDS = 120.0  # after a spike
RECOVERY_RATIO = 1.10  # of the highest p95 before it
