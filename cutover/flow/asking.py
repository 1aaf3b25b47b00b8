"""Asking several things at once without waiting for the one that hangs."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def ask(question: Callable[[], T]) -> Future[T]:
    """Run it beside; unlike an executor's, the thread never delays the end of the process."""
    answer: Future[T] = Future()
    Thread(target=_answer, args=(question, answer), daemon=True).start()
    return answer


def _answer(question: Callable[[], T], answer: "Future[T]") -> None:
    try:
        answer.set_result(question())
    except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the answer
        answer.set_exception(error)
