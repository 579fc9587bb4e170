"""Names that need quotes, in several schemas: tested like any other, and named in findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from ormthesis.engine.session import open_world
from tests.tester.databases import new_database
from tests.tester.worlds import make_target, search, units

if TYPE_CHECKING:
    from ormthesis.engine.world import World
    from ormthesis.persistence.provisioning.run import Run
    from tests.tester.worlds import Target

ORDER = 'Order "x" 100% :select'
LONG = "x" * 63


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = ORDER
    __table_args__ = (
        sa.UniqueConstraint("usr", "ab", name='Uq "%" :x'),
        sa.CheckConstraint('"a""b" > 3 AND "user" <> \'%\'', name="Ck % \"'"),
        sa.Index("Ix %", "its", unique=True, postgresql_where=sa.text("\"user\" <> 'q'")),
        {"schema": "Sp ace%"},
    )

    number: Mapped[int] = mapped_column("Id %s", primary_key=True, key="id")
    usr: Mapped[str] = mapped_column("user", sa.String(10), key="usr")
    ab: Mapped[float | None] = mapped_column('a"b', sa.Numeric(6, 2), key="ab")
    its: Mapped[str | None] = mapped_column(
        "it's", sa.Enum("p%", "q'q", 'r"r', name="My Enum %"), key="its"
    )
    flag: Mapped[bool] = mapped_column("per:cent", server_default=sa.true())
    lines: Mapped[list[Line]] = relationship(cascade="all", passive_deletes=True)


class Line(Base):
    __tablename__ = LONG
    __table_args__ = ({"schema": "other"},)

    number: Mapped[int] = mapped_column(LONG, sa.BigInteger, primary_key=True, key="k")
    order: Mapped[int] = mapped_column(
        "table", sa.ForeignKey(Order.number, ondelete="CASCADE"), key="t"
    )


WEAKENED = {
    f'Sp ace%.{ORDER}.unique(user,a"b)': (
        'ALTER TABLE "Sp ace%%"."Order ""x"" 100%% :select" DROP CONSTRAINT "Uq ""%%"" :x"'
    ),
    f"other.{LONG}.table.not_null": f'ALTER TABLE other."{LONG}" ALTER "table" DROP NOT NULL',
}


def test_rules_under_odd_names_are_proved_or_found_missing(run: Run) -> None:
    with new_database(run, "names") as database:
        target = make_target(database, Base)
        with target.world() as world:
            proved, failed = search_all(world, target)
        assert (proved, failed) == (set(target.context.schema.constraints), set())
        engine = database.engine()
        with engine.begin() as connection:
            for statement in WEAKENED.values():
                connection.exec_driver_sql(statement)
        engine.dispose()
        with open_world(target.models, target.context, database) as world:
            _, failed = search_all(world, target, "unique", "not-null")
    assert failed == WEAKENED.keys()


def search_all(world: World, target: Target, *checks: str) -> tuple[set[str], set[str]]:
    """The rules that were seen accepted and refused, and those that failed."""
    searches = [
        search(world, unit, max_examples=1)
        for table in target.context.schema.tables
        for unit in units(target, table.key, *checks)
    ]
    evidence = [item for found in searches for item in found.total.evidence.items()]
    failures = [failure for found in searches for failure, _ in found.found.values()]
    rules = target.context.schema.constraints
    proved = {subject for subject, seen in evidence if seen.accepted and seen.refused}
    return proved & set(rules), {failure.subject for failure in failures}
