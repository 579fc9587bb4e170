"""SIGTERM unwinds once, and only where the program has not decided otherwise."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from ormthesis.persistence.provisioning.signals import Terminated, unwind_on_sigterm

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _default_action() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def test_it_raises_once_and_restores_the_default() -> None:
    cleaned: list[bool] = []

    def impatient(stack: ExitStack) -> None:
        stack.enter_context(unwind_on_sigterm())
        stack.callback(cleaned.append, True)
        stack.callback(signal.raise_signal, signal.SIGTERM)  # does not interrupt cleaning up
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Terminated), ExitStack() as stack:
        impatient(stack)
    assert cleaned
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_handler_of_the_program_stays() -> None:
    seen = []
    signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    handler = signal.getsignal(signal.SIGTERM)
    with unwind_on_sigterm():
        signal.raise_signal(signal.SIGTERM)
    assert seen == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) is handler


def test_a_handler_set_meanwhile_stays() -> None:
    with unwind_on_sigterm():
        signal.signal(signal.SIGTERM, handler := lambda number, frame: None)
    assert signal.getsignal(signal.SIGTERM) is handler


def test_outside_the_main_thread_nothing_changes() -> None:
    seen = []

    def inside() -> None:
        with unwind_on_sigterm():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
