"""What this user's runs are about to create, written down before they do.

Between CREATE DATABASE and the comment that marks it, a database carries no sign of ours. If we are
killed there, the ledger is how the next run knows it. It is one JSON file in the user's state
folder: `ORMTHESIS_STATE_DIR`, else `$XDG_STATE_HOME/ormthesis`, else `~/.local/state/ormthesis`.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ormthesis.core.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A database that a run was about to create.

    `oid` is the number that we asked the server to give it, or None where the server (before
    PostgreSQL 15) chooses by itself.
    """

    system: str
    name: str
    oid: int | None
    run: str


def state_folder() -> Path:
    """Where the ledger lives. Raises ServerError when the user has no home folder."""
    named = os.environ.get("ORMTHESIS_STATE_DIR")
    if named:
        return Path(named).absolute()
    xdg = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(xdg):  # the XDG specification: a relative path is to be ignored
        return Path(xdg) / "ormthesis"
    try:
        return Path.home() / ".local" / "state" / "ormthesis"
    except RuntimeError:
        raise ServerError(
            "There is no home folder to keep the list of created databases in.",
            hint="Set ORMTHESIS_STATE_DIR to a folder that may be written.",
        ) from None


class Ledger:
    """The entries of all runs of this user. Every change reads and writes the file under a lock.

    Raises ServerError when the file cannot be written, or is not what this version writes.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.path = (folder or state_folder()) / "databases.json"

    def entries(self, system: str) -> tuple[Entry, ...]:
        """The entries of one server."""
        with self._locked():
            return tuple(entry for entry in self._read() if entry.system == system)

    def add(self, entry: Entry) -> None:
        """Write an entry down before its database is created."""
        self._change(lambda entries: [*entries, entry])

    def remove(self, system: str, name: str) -> None:
        """Forget a database that is gone, or was never made."""
        self._change(lambda entries: [e for e in entries if (e.system, e.name) != (system, name)])

    def _change(self, change: Callable[[list[Entry]], list[Entry]]) -> None:
        with self._locked():
            before = self._read()
            after = change(before)
            if after != before:
                self._write(after)

    def _read(self) -> list[Entry]:
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            if data["format_version"] != FORMAT_VERSION:
                raise ValueError(f"format version {data['format_version']}")
            return [Entry(**entry) for entry in data["databases"]]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError) as error:
            raise ServerError(
                f"{self.path} is damaged or of another version of Ormthesis: {error}.",
                hint="Delete it. Databases that a killed run had created but not marked yet then "
                "stay until you drop them.",
            ) from error

    def _write(self, entries: list[Entry]) -> None:
        data = {"format_version": FORMAT_VERSION, "databases": [asdict(e) for e in entries]}
        written = self.path.with_suffix(".new")
        written.write_text(json.dumps(data, indent=1), encoding="utf-8")
        written.replace(self.path)  # whole or not at all

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            finally:
                os.close(lock)
        except OSError as error:
            raise ServerError(
                f"The list of created databases cannot be kept in {self.path.parent}: {error}.",
                hint="Set ORMTHESIS_STATE_DIR to a folder that may be written.",
            ) from error
