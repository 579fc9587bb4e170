"""Start holder.py in a process of its own, and look at processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOLDER = Path(__file__).with_name("holder.py")
SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The process, which leads a process group, and what it said about itself."""

    process: subprocess.Popen[str]
    facts: dict[str, Any]


@contextmanager
def holder(*arguments: str, python: str = sys.executable, **options: Any) -> Iterator[Holder]:
    """Start the holder and wait for its line; end its input and the process afterwards."""
    process = subprocess.Popen(
        [python, str(HOLDER), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        try:
            yield Holder(process=process, facts=json.loads(line))
        finally:
            if process.poll() is None:
                process.communicate(timeout=SECONDS)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait for what another process does of itself, and fail when it does not."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited for {SECONDS:.0f} s: {what}"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """True unless the process is gone, or has ended and nobody has waited for it."""
    status = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(status.strip()) and not status.startswith("Z")
