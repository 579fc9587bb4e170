"""How the embedded server is made and run: fast, quiet, and with nothing worth keeping."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ormthesis.persistence.server.binaries import Binaries

SUPERUSER = "postgres"
PORT = 5432
"""Only part of the socket's name: the server listens on no network address."""

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "max_locks_per_transaction": "256",
    "shared_buffers": "64MB",
    # In the data folder instead of /dev/shm, so that nothing stays behind after SIGKILL.
    "dynamic_shared_memory_type": "mmap",
    # The data is thrown away: nothing waits for the disk.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Rejections are what we ask for, so they do not belong in a log.
    "log_min_messages": "fatal",
    "log_checkpoints": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def initdb_command(binaries: Binaries, folder: Path) -> list[str]:
    """The command that makes the cluster: UTF-8, and the same locale on every machine."""
    locale = ["--locale=C"]
    if binaries.major >= 17:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [
        str(binaries.folder / "initdb"),
        f"--pgdata={folder / 'data'}",
        f"--username={SUPERUSER}",
        "--auth=trust",  # the socket's folder is closed to every other user
        "--encoding=UTF8",
        "--no-sync",
        *locale,
    ]


def server_command(binaries: Binaries, folder: Path) -> list[str]:
    """The command that runs the server in the foreground, on a socket in the folder."""
    command = [str(binaries.folder / "postgres"), "-D", str(folder / "data"), "-p", str(PORT)]
    for name, value in {**SETTINGS, "unix_socket_directories": str(folder / "socket")}.items():
        command += ["-c", f"{name}={value}"]
    return command


def server_environment() -> dict[str, str]:
    """Ours without PostgreSQL's own variables, which would override settings and paths."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**inherited, "LC_ALL": "C"}
