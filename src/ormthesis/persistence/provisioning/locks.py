"""How a live run is told from a dead one: it holds an advisory lock made from its id.

PostgreSQL keeps advisory locks apart by database, so a run that is connected to another database
could take "the same" lock. Therefore nobody finds out by trying: the view pg_locks lists the locks
of all databases of the server to every role. The lock belongs to the session: it is gone the moment
the server sees the connection end, however the run died.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.connect import Connection

LOCK_CLASS = 0x4F524D54
"""`ORMT`: the first of the two numbers of every lock of ours; the second is the run's id."""


def hold_run_lock(connection: Connection, run: str) -> bool:
    """Lock the run's id for the life of the connection. False when another run has that id."""
    number = int(run, 16)
    signed = number - (1 << 32) if number >= 1 << 31 else number
    rows = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK_CLASS, signed))
    return rows.fetchall()[0][0] is True


def live_runs(connection: Connection) -> frozenset[str]:
    """The ids of all runs on the server whose lock is held, whatever database they name."""
    rows = connection.execute(
        "SELECT objid::bigint FROM pg_locks"
        " WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = %s",
        (LOCK_CLASS,),
    )
    return frozenset(f"{number:08x}" for (number,) in rows)
