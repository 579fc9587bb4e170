"""Observations through the ORM are undone one by one, in a transaction that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from ormthesis.persistence.object_connection import MOST_PREPARED, ObjectConnection
from ormthesis.persistence.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Database

TABLE = "CREATE TABLE IF NOT EXISTS kept (x int PRIMARY KEY)"
COUNT = "SELECT count(*) FROM kept"


@pytest.fixture(params=[True, False], ids=["owned", "among others"])
def objects(request: pytest.FixtureRequest, database: Database) -> Iterator[ObjectConnection]:
    engine = database.engine(poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(TABLE)
    connection = engine.connect()
    driver = connection.connection.driver_connection
    assert driver is not None
    found = ObjectConnection(connection, Wire(driver), owned=request.param)
    yield found
    found.close()
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE kept")
    engine.dispose()


def insert(objects: ObjectConnection) -> int:
    """Insert a row and count."""
    with objects.session() as session:
        session.execute(sa.text("INSERT INTO kept VALUES (1)"))
    return count(objects)


def count(objects: ObjectConnection) -> int:
    (result,) = objects.select([COUNT], first=["SET CONSTRAINTS ALL IMMEDIATE"])
    value = result.get_value(0, 0)
    assert value is not None
    return int(value)


def test_nothing_of_an_observation_is_left_for_the_next(objects: ObjectConnection) -> None:
    for _ in range(3):
        assert objects.undone(lambda: insert(objects)) == 1
    assert objects.undone(lambda: count(objects)) == 0


def test_what_fails_ends_the_transaction_and_the_next_begins_anew(
    objects: ObjectConnection,
) -> None:
    def twice() -> None:
        insert(objects)
        insert(objects)

    for _ in range(2):
        with pytest.raises(sa.exc.IntegrityError):
            objects.undone(twice)
        assert objects.undone(lambda: insert(objects)) == 1


def test_an_error_of_the_body_is_undone_too(objects: ObjectConnection) -> None:
    def body() -> None:
        insert(objects)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        objects.undone(body)
    assert objects.undone(lambda: count(objects)) == 0


def test_many_different_queries_are_not_all_prepared(objects: ObjectConnection) -> None:
    def body() -> None:
        for number in range(MOST_PREPARED + 20):
            (result,) = objects.select([f"SELECT {number}"])
            assert result.get_value(0, 0) == str(number).encode()

    objects.undone(body)
    objects.undone(body)


def test_nothing_to_select(objects: ObjectConnection) -> None:
    assert objects.undone(lambda: objects.select([], first=["SELECT 1"])) == []
