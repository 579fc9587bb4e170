"""Several statements in one message; errors as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from ormthesis.core.errors import InternalError
from ormthesis.persistence.wire import Wire
from tests.unit.persistence.test_catalog import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Database


@pytest.fixture
def wire(database: Database) -> Iterator[Wire]:
    with connect(database) as connection:
        yield Wire(connection)


def test_results_come_in_order(wire: Wire) -> None:
    reply = wire.run(["SELECT 1", "SELECT 'a', NULL, true", "SELECT 2 WHERE false"])
    assert reply.error is None
    assert [wire.rows(result) for result in reply.results] == [[(1,)], [("a", None, True)], []]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_error_is_where_the_results_end(wire: Wire, place: int) -> None:
    statements = ["SELECT 1", "SELECT 2"]
    statements.insert(place, "SELECT 1 / 0")
    reply = wire.run(["BEGIN", *statements])
    assert reply.error is not None
    assert reply.error.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"22012"
    assert len(reply.results) == 1 + place
    wire.must(["ROLLBACK"])


def test_aborted_transaction_refuses_everything_until_it_ends(wire: Wire) -> None:
    wire.run(["BEGIN", "SELECT 1 / 0"])
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        wire.must(["SELECT 1"])
    assert wire.rows(wire.must(["ROLLBACK", "SELECT 3"])[-1]) == [(3,)]


def test_savepoint_takes_an_error_back(wire: Wire) -> None:
    wire.must(["BEGIN", "CREATE TEMPORARY TABLE t (x int)", "SAVEPOINT s"])
    wire.run(["INSERT INTO t VALUES (1)", "SELECT 1 / 0"])
    results = wire.must(["ROLLBACK TO SAVEPOINT s", "SELECT count(*) FROM t"])
    assert wire.rows(results[-1]) == [(0,)]


def test_server_works_between_sending_and_receiving(wire: Wire) -> None:
    wire.send(["SELECT 1", "SELECT 2"])
    reply = wire.receive()
    assert [wire.rows(result) for result in reply.results] == [[(1,)], [(2,)]]
    with pytest.raises(InternalError):
        wire.receive()


def test_reply_that_nobody_received_is_thrown_away(wire: Wire) -> None:
    wire.send(["SELECT 1"])
    assert wire.rows(wire.must(["SELECT 2"])[0]) == [(2,)]
