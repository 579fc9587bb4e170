"""A database that exists, with rows of its own: no false alarm, no missed rule, nothing changed."""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.pool import NullPool

from ormthesis.config import Config, SchemaSource
from ormthesis.engine.confine import NOT_CONFIRMED
from ormthesis.engine.events import RunFinished
from ormthesis.engine.results import ConstraintVerdict, UnitStatus
from ormthesis.engine.run import run as run_engine
from ormthesis.engine.setup import creator
from ormthesis.schema import load_models
from tests.tester.databases import new_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ormthesis.engine.results import RunResult
    from ormthesis.persistence.provisioning.run import Database, Run


class Size(Enum):
    SMALL = "small"
    LARGE = "large"
    HUGE = "huge"


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __tablename__ = "shops"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20), unique=True)
    place: Mapped[int] = mapped_column(unique=True)
    items: Mapped[list[Item]] = relationship(back_populates="shop", cascade="all")


class Item(Base):
    __tablename__ = "items"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "title"),
        sa.Index("only_huge", "size", unique=True, postgresql_where=sa.text("price > 10")),
        sa.CheckConstraint("price >= 0", name="not_negative"),
    )
    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    shop_id: Mapped[int] = mapped_column(sa.ForeignKey(Shop.id, ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(sa.String(20))
    size: Mapped[Size | None]
    price: Mapped[int]
    shop: Mapped[Shop] = relationship(back_populates="items")


class Word(Base):
    """A natural key of which every value near the simplest ones is taken."""

    __tablename__ = "words"
    word: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    flag: Mapped[bool | None]


ROWS = """
INSERT INTO shops (id, name, place) SELECT n, 'shop' || n, n - 5 FROM generate_series(1, 30) n;
INSERT INTO shops (id, name, place) VALUES (20001, '', 77), (25000, '0', 78), (31999, 'a', 79);
INSERT INTO items (id, shop_id, title, size, price)
    SELECT n, n, '', CASE WHEN n = 1 THEN 'SMALL' END::size, n FROM generate_series(1, 20) n;
INSERT INTO words SELECT n, true FROM generate_series(-40, 40) n;
"""


@pytest.fixture(scope="module")
def existing(run: Run) -> Iterator[Database]:
    with new_database(run, "existing") as database:
        creator(load_models(Base))(database.engine(poolclass=NullPool))
        execute(database, ROWS)
        with unmarked(database):
            yield database


MARK = """
SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()
"""


@contextmanager
def unmarked(database: Database) -> Iterator[None]:
    """Somebody's database, until it has to be dropped."""
    mark = execute(database, MARK)[0][0]
    execute(database, f'COMMENT ON DATABASE "{database.name}" IS NULL')
    yield
    execute(database, f"COMMENT ON DATABASE \"{database.name}\" IS '{mark}'")


def execute(database: Database, sql: str) -> list[tuple[object, ...]]:
    engine = database.engine(poolclass=NullPool)
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
        rows = cursor.fetchall() if cursor.description else []
        connection.commit()
        return list(rows)
    finally:
        connection.close()


def result_of(database: Database, folder: Path, *checks: str, base: type = Base) -> RunResult:
    config = Config(
        target="existing",
        url=database.url.render_as_string(hide_password=False),
        schema=SchemaSource.EXISTING,
        max_examples=3,
        seed=1,
        checks=checks,
        reproductions=folder,
    )
    return next(
        event.result
        for event in run_engine(config, load_models(base))
        if isinstance(event, RunFinished)
    )


CONTENTS = """
SELECT (SELECT array_agg(s.*::text ORDER BY id) FROM shops s)::text,
       (SELECT array_agg(i.*::text ORDER BY id) FROM items i)::text,
       (SELECT array_agg(w.*::text ORDER BY word) FROM words w)::text,
       (SELECT last_value FROM shops_id_seq), (SELECT last_value FROM items_id_seq)
"""


def test_rows_that_exist_cause_no_false_alarm(existing: Database, tmp_path: Path) -> None:
    before = execute(existing, CONTENTS)
    result = result_of(existing, tmp_path)
    assert execute(existing, CONTENTS) == before
    assert [failure.title for failure in result.failures] == []
    assert [
        rule.id for rule in result.constraints if rule.verdict is not ConstraintVerdict.PROVED
    ] == []
    deletes = [unit for unit in result.units if unit.invariant.startswith("delete-")]
    assert {(unit.status, unit.reason) for unit in deletes if unit.model == "Shop"} == {
        (UnitStatus.NOT_TESTED, NOT_CONFIRMED)
    }
    written = [unit for unit in result.units if unit.invariant == "round-trip"]
    assert {unit.status for unit in written} == {UnitStatus.PASSED}


@pytest.mark.parametrize(
    ("ddl", "undo", "check", "subject"),
    [
        (
            "ALTER TABLE words DROP CONSTRAINT words_pkey",
            "ALTER TABLE words ADD PRIMARY KEY (word)",
            "primary-key",
            "words.primary_key(word)",
        ),
        (
            "ALTER TABLE items DROP CONSTRAINT items_shop_id_fkey",
            "ALTER TABLE items ADD FOREIGN KEY (shop_id) REFERENCES shops ON DELETE CASCADE",
            "foreign-key",
            "items.shop_id->shops",
        ),
        (
            "DROP INDEX only_huge",
            "CREATE UNIQUE INDEX only_huge ON items (size) WHERE price > 10",
            "unique",
            "items.unique(size) where price > 10",
        ),
    ],
)
def test_rules_that_are_missing_are_found(
    existing: Database, tmp_path: Path, ddl: str, undo: str, check: str, subject: str
) -> None:
    execute(existing, ddl)
    result = result_of(existing, tmp_path, check)
    execute(existing, undo)
    assert {failure.subject for failure in result.failures} == {subject}


def test_missing_tables_and_columns_are_named(existing: Database, tmp_path: Path) -> None:
    execute(existing, "ALTER TABLE words RENAME TO wurds; ALTER TABLE items RENAME title TO titel")
    result = result_of(existing, tmp_path)
    execute(existing, "ALTER TABLE wurds RENAME TO words; ALTER TABLE items RENAME titel TO title")
    said = {failure.table: failure.outcome.rejection.message for failure in result.failures}  # type: ignore[union-attr]
    assert said == {
        "words": 'relation "words" does not exist',
        "items": 'column "title" of relation "items" does not exist',
        "shops": "column items.title does not exist",  # when a shop's items are loaded
    }


def test_rows_stay_in_a_database_that_is_ours(run: Run, tmp_path: Path) -> None:
    """There deletes are tested beside them."""
    with new_database(run, "filled") as database:
        creator(load_models(Base))(database.engine(poolclass=NullPool))
        execute(database, ROWS)
        before = execute(database, CONTENTS)
        result = result_of(database, tmp_path, "delete-*", "round-trip")
        assert execute(database, CONTENTS) == before
    assert result.failures == ()
    assert {unit.status for unit in result.units} == {UnitStatus.PASSED}
