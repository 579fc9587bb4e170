"""A live database as the target: everything is read from its catalog, and the rules hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.pool import NullPool

from ormthesis.core.errors import ServerError, TargetError
from ormthesis.engine.session import open_world
from ormthesis.engine.setup import creator
from ormthesis.persistence.reflection import reflect
from ormthesis.schema import load_models
from ormthesis.schema.constraints import Exclusion, Unique
from tests.tester.databases import new_database
from tests.tester.worlds import make_target, sweep, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Database, Run
    from ormthesis.schema import Models

DDL = """
CREATE EXTENSION btree_gist;
CREATE SCHEMA "Other %";
CREATE TYPE mood AS ENUM ('sad', 'ok%', 'q''q');
CREATE DOMAIN "Other %".positive AS integer CHECK (VALUE > 0);
CREATE SEQUENCE ticket;
CREATE FUNCTION is_even(n integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT n % 2 = 0';
CREATE TABLE people (
  id serial PRIMARY KEY,
  number integer NOT NULL DEFAULT nextval('ticket'),
  name varchar(20) NOT NULL,
  mood mood DEFAULT 'sad',
  wealth "Other %".positive,
  age smallint CONSTRAINT adult CHECK (age BETWEEN 18 AND 150),
  born date NOT NULL DEFAULT '2000-01-01',
  CONSTRAINT known UNIQUE (name, born) DEFERRABLE INITIALLY DEFERRED);
CREATE UNIQUE INDEX one_ok ON people (number) WHERE mood = 'ok%';
CREATE TABLE "Other %".rooms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner_id integer REFERENCES people ON DELETE CASCADE DEFERRABLE,
  code varchar(5) UNIQUE,
  seats integer CHECK (is_even(seats)));
CREATE TABLE "Other %".bookings (
  room_id bigint NOT NULL REFERENCES "Other %".rooms, period int4range, place point,
  CONSTRAINT no_overlap EXCLUDE USING gist (room_id WITH =, period WITH &&) WHERE (room_id > 0));
CREATE TABLE parts (id integer PRIMARY KEY, size integer NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE parts1 PARTITION OF parts DEFAULT;
"""


@pytest.fixture(scope="module")
def live(run: Run) -> Iterator[Database]:
    with new_database(run, "live") as database:
        execute(database, DDL)
        yield database


@pytest.fixture(scope="module")
def models(live: Database) -> Models:
    return load_models(reflect(url(live)), name="live")


def url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def execute(database: Database, sql: str) -> None:
    engine = database.engine(poolclass=NullPool)
    connection = engine.raw_connection()
    connection.cursor().execute(sql)
    connection.commit()
    connection.close()


def declared(models: Models) -> set[tuple[str, object]]:
    rules = models.schema.constraints.items()
    columns = (
        (str(column), (column.type.name, column.nullable, column.server_default is None))
        for table in models.schema.tables
        for column in table.columns
    )
    return {*rules, *columns}


def test_every_kind_of_rule_is_read(models: Models) -> None:
    rules = models.schema.constraints
    assert [rule.sql for rule in rules.values() if isinstance(rule, Exclusion)] == [
        "CONSTRAINT no_overlap EXCLUDE USING gist (room_id WITH =, period WITH &&)"
        " WHERE ((room_id > 0))"
    ]
    assert {rule.id for rule in rules.values() if isinstance(rule, Unique) and rule.deferrable} == {
        "people.unique(name,born)"
    }
    assert {
        "people.unique(number) where (mood = 'ok%'::mood)",
        "people.check(adult)",
        "people.mood.enum(mood)",
        "people.name.length(20)",
        "people.age.range(smallint)",
        "Other %.rooms.owner_id->people",
        "Other %.rooms.unique(code)",
    } <= rules.keys()
    assert models.schema.by_key.keys() == {"people", "Other %.rooms", "Other %.bookings", "parts"}
    place = models.schema.by_key["Other %.bookings"].by_name["place"]
    assert (place.type.kind.value, place.type.name) == ("unknown", "point")


def test_what_was_read_can_be_made_and_read_again(run: Run, models: Models) -> None:
    with new_database(run, "copy") as database:
        engine = database.engine(poolclass=NullPool)
        creator(models)(engine)
        again = load_models(reflect(url(database)))
    assert declared(again) == declared(models)


def test_the_rules_that_were_read_hold_and_are_missed(live: Database, models: Models) -> None:
    target = make_target(live, models.metadata)
    checks = ("not-null", "unique", "foreign-key", "delete-sql", "accepted", "check")
    chosen = [
        unit for table in target.context.schema.tables for unit in units(target, table.key, *checks)
    ]
    with open_world(target.models, target.context, live) as world:
        assert sweep(world, chosen, max_examples=2) == []
    execute(live, "DROP INDEX one_ok; ALTER TABLE parts ALTER size DROP NOT NULL")
    with open_world(target.models, target.context, live) as world:
        found = sweep(world, chosen, max_examples=2)
    assert {failure.subject for failure in found} == {
        "people.unique(number) where (mood = 'ok%'::mood)",
        "parts.size.not_null",
    }


def test_a_database_that_cannot_be_read(run: Run) -> None:
    with new_database(run, "empty") as database, pytest.raises(TargetError, match="no tables"):
        reflect(url(database))
    with pytest.raises(ServerError, match="no database 'absent'"):
        reflect(run.server_url.set(database="absent").render_as_string(hide_password=False))
