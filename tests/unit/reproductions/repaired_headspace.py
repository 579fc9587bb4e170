"""The reference domain with the foreign keys of events deferred: the bug's repaired twin.

Imported only by printed scripts, in processes of their own: it changes the metadata.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from ormthesis.demo.headspace import Base

__all__ = ["Base"]


@event.listens_for(Base.metadata, "after_create")
def defer_keys(target: sa.MetaData, connection: sa.Connection, **options: Any) -> None:
    """Their re-check waits for the end of the transaction."""
    for key in sa.inspect(connection).get_foreign_keys("events"):
        connection.execute(
            sa.text(
                f"ALTER TABLE events ALTER CONSTRAINT {key['name']} DEFERRABLE INITIALLY DEFERRED"
            )
        )
