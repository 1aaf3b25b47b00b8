"""What goes on while nobody asks: alarms are evaluated each simulated minute, and topics are told of what changed."""

import asyncio
import contextlib
import urllib.error
import urllib.request
from asyncio import Queue
from collections.abc import Callable
from urllib.parse import urlencode

from cutover.clock import CompressedClock
from cutover.rehearsal.aws.cloudwatch.alarming.notices import Notice
from cutover.rehearsal.aws.cloudwatch.alarms import AlarmBoard
from cutover.rehearsal.aws.cloudwatch.store import MINUTE_SECONDS

_LEAST_SECONDS = 0.05  # real ones between two looks at the clock
_TELL_SECONDS = 5.0
_SIGNED = "AWS4-HMAC-SHA256 Credential=CLOUDWATCH/20260101/{region}/sns/aws4_request, SignedHeaders=host, Signature=0"

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Watch:
    """Two tasks; telling, done in threads, never holds up evaluating."""

    def __init__(self, board: AlarmBoard, clock: CompressedClock, tell: Callable[[Notice], None]) -> None:
        self._board = board
        self._clock = clock
        self._tell = tell
        self._waiting: Queue[Notice] = Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """From now on, until `stop`."""
        self._tasks = [asyncio.create_task(self._evaluate()), asyncio.create_task(self._send())]

    async def stop(self) -> None:
        """End both; what was not told is not told."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _evaluate(self) -> None:
        while True:
            now = self._clock.timestamp()
            self._board.advance(now)
            for notice in self._board.take_notices():
                self._waiting.put_nowait(notice)
            left = (MINUTE_SECONDS - now % MINUTE_SECONDS) / self._clock.factor
            await asyncio.sleep(max(_LEAST_SECONDS, left))

    async def _send(self) -> None:
        while True:
            notice = await self._waiting.get()
            failure = None
            try:
                await asyncio.to_thread(self._tell, notice)
            except OSError as error:
                failure = str(error)
            self._board.sent(notice, self._clock.timestamp(), failure)


def teller(moto_url: str, region: str) -> Callable[[Notice], None]:
    """Publishes a notice to its topic at moto. It raises OSError if moto does not take it."""

    def tell(notice: Notice) -> None:
        fields = {
            "Action": "Publish", "Version": "2010-03-31", "TopicArn": notice.topic, "Subject": notice.subject,
            "Message": notice.message,
        }  # fmt: skip
        headers = {"Authorization": _SIGNED.format(region=region), "Host": f"sns.{region}.amazonaws.com"}
        request = urllib.request.Request(moto_url, urlencode(fields).encode(), headers)  # noqa: S310 - our own address
        with _DIRECT.open(request, timeout=_TELL_SECONDS):
            return

    return tell
