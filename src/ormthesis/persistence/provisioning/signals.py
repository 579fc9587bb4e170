"""SIGTERM ends a run as Ctrl-C does: by unwinding, so that everything is cleaned up."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived. The usual exit code for it is 143.

    A KeyboardInterrupt and no SystemExit, because test runners take the latter for a failed test
    and go on.
    """


@contextmanager
def unwind_on_sigterm() -> Iterator[None]:
    """Raise Terminated in the main thread when SIGTERM arrives during the block; once.

    Further ones are ignored while the first unwinds. Outside the main thread, and where the program
    has a handler of its own, nothing is changed.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        ours = signal.getsignal(signal.SIGTERM) in (_terminate, signal.SIG_IGN)
        if ours and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated("terminated by SIGTERM")
