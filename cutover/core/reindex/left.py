"""What of a load is left to do, range by range. Pure."""

from collections.abc import Sequence

from cutover.core.reindex.models import Span
from cutover.core.reindex.prefix import Acknowledged
from cutover.core.reindex.ranges import after


def left_after(left: Sequence[Span], news: Acknowledged) -> tuple[Span, ...]:
    """What is left once the news is taken in. A range is known by its end, which no progress moves."""
    rests = [_rest(span, news) if span.until == news.span.until else span for span in left]
    return tuple(rest for rest in rests if rest is not None)


def _rest(span: Span, news: Acknowledged) -> Span | None:
    if news.finished:
        return None
    return after(span, news.last_id) if news.last_id else span
