"""The ORM's statements in traces, as the others are: SQLAlchemy tells when it sends one and when it is answered."""

from typing import Any

from sqlalchemy import Engine, event

from service.db.naming import name_of
from service.telemetry import tracing

_SPAN = "service.span"


def follow(engine: Engine) -> None:
    """Have every statement of this engine recorded, where its request is."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _failed)


def _begin(_: Any, __: Any, statement: str, ___: Any, context: Any, ____: bool) -> None:
    span = tracing.span("postgresql", operation=name_of(statement))
    span.__enter__()
    context.execution_options = context.execution_options.union({_SPAN: span})


def _end(_: Any, __: Any, ___: str, ____: Any, context: Any, _____: bool) -> None:
    context.execution_options[_SPAN].__exit__(None, None, None)


def _failed(failure: Any) -> None:
    context = failure.execution_context
    span = context.execution_options.get(_SPAN) if context is not None else None
    if span is not None:
        error = failure.original_exception
        span.__exit__(type(error), error, None)
