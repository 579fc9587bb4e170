"""`load(prepare=...)`: rows that have to exist, for units and for properties alike."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import settings
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import ormthesis
from ormthesis.core.errors import OptionError

pytest_plugins = ["pytester"]


class Base(DeclarativeBase):
    pass


class Country(Base):
    __tablename__ = "countries"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(2), unique=True)


class Home(Base):
    __tablename__ = "homes"

    id: Mapped[int] = mapped_column(primary_key=True)


TRIGGER = """
CREATE FUNCTION known() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NOT EXISTS (SELECT FROM countries WHERE code = '') THEN RAISE EXCEPTION 'none'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER known BEFORE INSERT ON homes FOR EACH ROW EXECUTE FUNCTION known();
"""


def prepare(connection: sa.Connection) -> None:
    """With keys of their own: the sequence does not know them."""
    connection.exec_driver_sql(TRIGGER)
    codes = ["", "0", "a"]
    rows = [{"id": number, "code": code} for number, code in enumerate(codes, 1)]
    connection.execute(sa.insert(Country), rows)


models = ormthesis.load(Base, prepare=prepare, checks=["accepted", "unique", "round-trip"])


@models.parametrize()
def test_units_keep_clear_of_the_rows(unit):
    unit.check()


def test_properties_keep_clear_of_the_rows():
    @settings(max_examples=10, database=None)
    @models.given(Home, Country)
    def check(graph, session):
        codes = session.scalars(sa.select(Country.code)).all()
        assert {"", "0", "a"} <= set(codes)
        assert len(codes) == 4

    check()


def test_a_function_for_a_database_that_exists_is_refused():
    with pytest.raises(OptionError, match="prepare fills a database that is made for the run"):
        ormthesis.load(Base, prepare=prepare, schema="existing", url="postgresql://host/name")
