"""Another pytest, in a process of its own that a test can hold, signal and kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

ROOT = Path(__file__).parents[2]
INNER = "tests/integration/inner_tests.py"


def environment(url: URL, **more: str) -> dict[str, str]:
    """This process's environment without what the outer pytest told its workers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return kept | {"TEST_DATABASE_URL": url.render_as_string(hide_password=False)} | more


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]


def run_pytest(url: URL, *arguments: str, **variables: str) -> str:
    """Run pytest to its end and return its output. Fails unless its tests pass."""
    done = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(url, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


class HeldPytest:
    """A pytest that waits inside a test; `database` is the name of its worker's database."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.database = self._await_database()

    def _await_database(self) -> str:
        output = []
        for line in self.process.stdout or ():
            output.append(line)
            if line.startswith("HOLDS "):
                return line.removeprefix("HOLDS ").strip()
        raise AssertionError("".join(output))

    @property
    def run_id(self) -> str:
        """`<run>` of the name `<base>_<run>_<worker>`."""
        return self.database.split("_")[-2]

    def end(self) -> str:
        """Let the test end; the output. Fails unless it passed."""
        output, _ = self.process.communicate("end\n", timeout=60)
        assert self.process.returncode == 0, output
        return output

    def signal_group(self, number: int) -> int:
        """Send a signal to the process and its children, as a terminal does; the exit code."""
        os.killpg(self.process.pid, number)
        self.process.communicate(timeout=60)
        return self.process.returncode


@contextmanager
def interruptible_children() -> Iterator[None]:
    """Children started in the block obey Ctrl-C.

    A shell starts background jobs with SIGINT ignored, and children inherit that.
    """
    ours = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, ours)


@contextmanager
def held_pytest(url: URL) -> Iterator[HeldPytest]:
    """A pytest inside `test_hold`; killed at the end if it still runs."""
    with interruptible_children():
        process = subprocess.Popen(
            command("-s", f"{INNER}::test_hold"),
            cwd=ROOT,
            env=environment(url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    with process:
        try:
            yield HeldPytest(process)
        finally:
            if process.poll() is None:
                process.kill()
