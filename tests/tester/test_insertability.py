"""Valid graphs that a trigger or missing reference data refuses: found as such, and cured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import NullPool

from ormthesis.config import Config, load_config
from ormthesis.core.errors import OptionError, SchemaError, TargetError
from ormthesis.engine.prepare import preparations
from ormthesis.engine.session import open_world
from ormthesis.engine.setup import creator
from ormthesis.reporting.text import failure_message
from tests.tester.databases import new_database
from tests.tester.worlds import make_target, sweep, units

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database, Run
    from tests.tester.worlds import Target


class Base(DeclarativeBase):
    pass


class Setting(Base):
    __tablename__ = "settings"
    name: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    limit: Mapped[int]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
    country: Mapped[str] = mapped_column(sa.String(2), server_default="XX")


TRIGGER = """
CREATE FUNCTION within_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM settings WHERE name = 'limit') THEN
    RAISE EXCEPTION 'no limit is set; 100 %% of the orders need one';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER within_limit BEFORE INSERT ON orders
FOR EACH ROW EXECUTE FUNCTION within_limit();
"""
ROWS = "INSERT INTO settings VALUES ('limit', 5), ('', 0);"


@pytest.fixture(scope="module")
def database(run: Run) -> Iterator[Database]:
    with new_database(run, "insert") as database:
        yield database


def found(database: Database, *steps: object) -> list[Failure]:
    target: Target = make_target(database, Base)
    engine = database.engine(poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    creator(target.models, steps)(engine)  # type: ignore[arg-type]
    chosen = [
        unit for table in ("settings", "orders") for unit in units(target, table, but=["defaults"])
    ]
    with open_world(target.models, target.context, database) as world:
        return sweep(world, chosen, max_examples=2)


def configured(**values: str) -> Config:
    return load_config({"target": "x:y", **{k.replace("_", "-"): v for k, v in values.items()}})


def test_a_trigger_is_named_with_the_remedy(database: Database, tmp_path: Path) -> None:
    (file := tmp_path / "trigger.sql").write_text(TRIGGER)
    failures = found(database, *preparations(configured(seed_sql=str(file))))
    assert {failure.table for failure in failures} == {"orders"}
    (text,) = {failure_message(each) for each in failures if each.invariant == "accepted"}
    assert "PL/pgSQL function within_limit() line 4 at RAISE" in text
    assert "--seed-sql FILE" in text


def test_a_file_supplies_the_rows(database: Database, tmp_path: Path) -> None:
    (file := tmp_path / "rows.sql").write_text(TRIGGER + ROWS)
    assert found(database, *preparations(configured(seed_sql=str(file)))) == []


def test_a_function_supplies_the_rows(database: Database) -> None:
    def prepare(connection: sa.Connection) -> None:
        connection.exec_driver_sql(TRIGGER.replace("%", "%%"))
        connection.execute(sa.insert(Setting).values(name="limit", limit=1))

    assert found(database, *preparations(configured(), prepare)) == []


def test_a_foreign_key_to_a_table_that_no_model_has(database: Database) -> None:
    def prepare(connection: sa.Connection) -> None:
        connection.exec_driver_sql(
            "CREATE TABLE countries (code varchar(2) PRIMARY KEY);"
            "ALTER TABLE orders ADD CONSTRAINT known FOREIGN KEY (country) REFERENCES countries"
        )

    failures = found(database, prepare)
    text = failure_message(next(each for each in failures if each.invariant == "accepted"))
    assert "refused by the foreign key known, which the models do not declare" in text


def broken(connection: sa.Connection) -> None:
    raise ValueError("too early")


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"seed_sql": "/nowhere.sql"}, OptionError, "The file of seed-sql cannot be read"),
        ({"prepare": "json:codecs"}, OptionError, "'json:codecs', which is of type module and no"),
        ({"prepare": "json:nothing"}, TargetError, "has no attribute 'nothing'"),
        ({"prepare": f"{__name__}:broken"}, SchemaError, "broken, which prepares the database, "),
    ],
)
def test_what_cannot_prepare(
    database: Database, values: dict[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        found(database, *preparations(configured(**values)))


def test_sql_that_is_refused(database: Database, tmp_path: Path) -> None:
    (file := tmp_path / "rows.sql").write_text("INSERT INTO settings VALUES ('x');")
    with pytest.raises(SchemaError, match=r"The statements of .*rows.sql are refused: null value"):
        found(database, *preparations(configured(seed_sql=str(file))))
