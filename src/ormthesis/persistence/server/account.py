"""Which user runs the embedded server: PostgreSQL refuses root."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ormthesis.core.errors import ServerError

if TYPE_CHECKING:
    from pathlib import Path

UNPRIVILEGED = ("postgres", "nobody")
"""The users that root drops to, in order of preference. None is ever created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The user and group that the server runs as; `switched` when they are not our own."""

    uid: int
    gid: int
    switched: bool


def server_account() -> Account:
    """Our own user, or an unprivileged one when we are root.

    Raises ServerError when PostgreSQL could not look the user up.
    """
    uid = os.geteuid()
    if uid == 0:
        return _unprivileged()
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise ServerError(
            f"The embedded PostgreSQL server cannot run as user id {uid}: it has no passwd entry.",
            hint="Add an entry for this user id to /etc/passwd, run as a user that has one, or "
            "name a server of your own by its URL.",
        ) from None
    return Account(uid=uid, gid=os.getegid(), switched=False)


def _unprivileged() -> Account:
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, switched=True)
    raise ServerError(
        "PostgreSQL refuses to run as root, and there is no user "
        f"{' or '.join(UNPRIVILEGED)} to run it as.",
        hint="Run as an ordinary user, add one of these users, or name a server by its URL.",
    )


def may_reach(account: Account, path: Path) -> bool:
    """True when the account may read the path and pass through every folder above it."""
    if not account.switched:
        return True
    path = path.resolve()
    return _allows(account, path, read=True) and all(
        _allows(account, parent, read=False) for parent in path.parents
    )


def _allows(account: Account, path: Path, *, read: bool) -> bool:
    status = path.stat()
    if status.st_uid == account.uid:
        shift = 6
    elif status.st_gid == account.gid:
        shift = 3
    else:
        shift = 0
    bits = (status.st_mode >> shift) & 0o7
    needed = (0o4 if read else 0) | (0o1 if stat.S_ISDIR(status.st_mode) else 0)
    return bits & needed == needed
