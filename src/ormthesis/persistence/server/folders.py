"""The folders of embedded servers: `ormthesis-<uid>` in the folder for temporary files.

Below it each server has `<id>/` (data, socket, log) and `<id>.lock`, which its owner and watchdog
keep locked: a folder whose lock is free is what a killed run left behind.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ormthesis.core.errors import ServerError
from ormthesis.persistence.server.account import may_reach
from ormthesis.persistence.server.watchdog import dismantle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.server.account import Account

SOCKET_PATH_BYTES = 103
"""The longest path of a socket: 103 bytes on macOS, 107 on Linux."""

LONGEST_TAIL = "/ormthesis-4294967295/01234567/socket/.s.PGSQL.5432"


def runtime_root(account: Account) -> Path:
    """The folder that holds our servers, made if absent.

    Raises ServerError when it is not ours alone to write: what others can write they can replace.
    """
    root = _temporary_folder(account) / f"ormthesis-{os.geteuid()}"
    mode = 0o711 if account.switched else 0o700
    try:
        root.mkdir(mode=0o700)
        root.chmod(mode)
    except FileExistsError:
        pass
    status = root.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise ServerError(
            f"{root} exists, and others than the present user can write it.",
            hint="Remove it, or set TMPDIR to a folder of your own.",
        )
    return root


def _temporary_folder(account: Account) -> Path:
    """TMPDIR and the like, unless its path is too long for a socket or closed to the account."""
    usual = [tempfile.gettempdir(), "/tmp", "/var/tmp"]
    for folder in (Path(name).resolve() for name in usual if Path(name).is_dir()):
        short = len(os.fsencode(folder)) + len(LONGEST_TAIL) <= SOCKET_PATH_BYTES
        if short and os.access(folder, os.W_OK) and may_reach(account, folder):
            return folder
    raise ServerError(
        f"No folder for the embedded server: none of {', '.join(usual)} is writable, open to the "
        "server's user and short enough for a socket.",
        hint="Set TMPDIR to a folder with a short path, or name a server by its URL.",
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, made if absent, for the block; wait for it if need be."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def new_server_folder(root: Path, account: Account) -> tuple[Path, int]:
    """A fresh folder that the account owns, and the descriptor of its lock, which is held.

    The caller holds the root's lock, so that no other start sees the lock file before it is locked.
    """
    folder = root / secrets.token_hex(4)
    lock = os.open(folder.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for path in (folder, folder / "socket"):
        path.mkdir(mode=0o700)
        if account.switched:
            os.chown(path, account.uid, account.gid)
    return folder, lock


def remove_left_overs(root: Path) -> None:
    """Stop and remove every server whose owner and watchdog are gone. The caller holds the lock."""
    for lock in sorted(root.glob("*.lock")):
        if lock.name == "root.lock":
            continue
        descriptor = os.open(lock, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            dismantle(lock.with_suffix(""))
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)
