"""How large the request bodies are that the load balancer sees: a sample of its access log, spread over two weeks."""

import gzip
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cutover.aws.errors import translated
from cutover.core.account import LARGEST_BODY_BYTES, LOGGED_DAYS, Bodies
from cutover.flow.asking import ask
from cutover.ports import NotFound

MOST_FILES = 150
READ_AT_ONCE = 8
PAGE = 1000
# Columns of a line: type, time, load balancer, client, target, three times, two statuses, received_bytes.
RECEIVED = 10


class AccessLog:
    """One load balancer's access log in S3. `make` makes a boto3 client by its service's name."""

    def __init__(self, make: Callable[[str], Any], load_balancer: str, region: str, profile: str) -> None:
        self._make, self._name, self._region, self._profile = make, load_balancer, region, profile

    def sample(self, now: datetime, deadline_seconds: float) -> Bodies:
        """The sizes in up to MOST_FILES of those days' files, as many as can be read in so many real seconds.

        Raises Again, Rejected, NotAllowed, NotFound: there is no access log.
        """
        ends, (bucket, folder, start), s3 = time.monotonic() + deadline_seconds, self._place(), self._make("s3")
        days = [f"{folder}{now - timedelta(days=back):%Y/%m/%d}/{start}" for back in range(LOGGED_DAYS)]
        listed = [ask(partial(self._keys, s3, bucket, day)) for day in days]
        keys = [key for answer in listed for key in answer.result(_left(ends))]
        some, read = spread(keys, MOST_FILES), list[list[int]]()
        parts = (some[first::READ_AT_ONCE] for first in range(READ_AT_ONCE))
        for reader in [ask(partial(self._read, s3, bucket, part, ends, read)) for part in parts]:
            with suppress(TimeoutError):  # what has been read by then counts
                reader.result(_left(ends))
        sizes = [size for file in list(read) for size in file]
        large = sum(size > LARGEST_BODY_BYTES for size in sizes)
        return Bodies(len(sizes), large, max(sizes, default=0), len(read), len(keys))

    def _place(self) -> tuple[str, str, str]:
        """The bucket, the folder of all days, and how the load balancer's files begin."""
        elb, name = self._make("elbv2"), self._name.split("/")[1]
        with translated("elasticloadbalancing:DescribeLoadBalancers", self._profile):
            arn = str(elb.describe_load_balancers(Names=[name])["LoadBalancers"][0]["LoadBalancerArn"])
        with translated("elasticloadbalancing:DescribeLoadBalancerAttributes", self._profile):
            found = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        attributes = {str(one["Key"]): str(one.get("Value", "")) for one in found}
        if attributes.get("access_logs.s3.enabled") != "true":
            raise NotFound(
                f"the load balancer {name!r} keeps no access log, so nobody knows the sizes of its requests; switch"
                " access_logs.s3.enabled on, and ask again after a day"
            )
        account, prefix = arn.split(":")[4], attributes.get("access_logs.s3.prefix", "")
        folder = f"{prefix}/" if prefix else ""
        start = f"{account}_elasticloadbalancing_{self._region}_{self._name.replace('/', '.')}_"
        where = f"{folder}AWSLogs/{account}/elasticloadbalancing/{self._region}/"
        return attributes["access_logs.s3.bucket"], where, start

    def _keys(self, s3: Any, bucket: str, prefix: str) -> list[str]:
        keys: list[str] = []
        asked: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix, "MaxKeys": PAGE}
        while True:
            with translated("s3:ListBucket", self._profile):
                page: Mapping[str, Any] = s3.list_objects_v2(**asked)
            keys += (str(one["Key"]) for one in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return keys
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _read(self, s3: Any, bucket: str, keys: Sequence[str], ends: float, read: list[list[int]]) -> None:
        """Add each file's sizes, as long as there is time."""
        for key in keys:
            if time.monotonic() > ends:
                return
            with translated("s3:GetObject", self._profile):
                packed = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            read.append(list(received_bytes(_unpacked(key, packed).splitlines())))


def received_bytes(lines: Iterable[str]) -> Iterator[int]:
    """How many bytes each logged request brought, its head included."""
    for line in lines:
        columns = line.split(" ", RECEIVED + 1)
        if len(columns) > RECEIVED and columns[RECEIVED].isdecimal():
            yield int(columns[RECEIVED])


def _unpacked(key: str, packed: bytes) -> str:
    try:
        return gzip.decompress(packed).decode(errors="replace")
    except (EOFError, zlib.error) as error:
        raise ValueError(f"{key}: {error}") from error


def spread(keys: Sequence[str], most: int) -> Sequence[str]:
    """At most so many of them, evenly from the first to the last."""
    if len(keys) <= most:
        return keys
    return [keys[i * len(keys) // most] for i in range(most)]


def _left(ends: float) -> float:
    return max(0.0, ends - time.monotonic())
