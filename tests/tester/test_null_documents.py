"""NULL in a JSON column that has a default: asked for through the ORM, and stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tests.tester.databases import new_database
from tests.tester.worlds import make_target, sweep, units

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Run


class Base(DeclarativeBase):
    pass


class Task(Base):
    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(primary_key=True)
    by_server: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON, server_default="{}")
    by_model: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON, default=dict)
    by_none: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)


def test_null_is_no_default(run: Run) -> None:
    with new_database(run, "documents") as database:
        target = make_target(database, Base)
        chosen = units(target, "tasks", "round-trip", "defaults", "accepted")
        with target.world() as world:
            assert sweep(world, chosen, max_examples=4) == []
        ddl = "ALTER TABLE tasks ADD CHECK (by_server IS NOT NULL)"
        with target.world(ddl) as world:
            found = sweep(world, chosen, max_examples=4)
    assert "round-trip" in {failure.invariant for failure in found}
