"""Invariants of the user's: asked of every accepted graph, alone in what they do and see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from ormthesis.config.settings import Config
from ormthesis.core.claims import CLAIMS, Claim, ClaimKind
from ormthesis.core.errors import OptionError
from ormthesis.engine.plan import plan
from ormthesis.engine.results import UnitStatus
from ormthesis.engine.setup import build_context, creator
from ormthesis.engine.unit import run_together, run_unit
from ormthesis.persistence.asking import Asking
from ormthesis.schema import load_models
from ormthesis.schema.claims import claims_of
from tests.tester.bookings import Base, Booking, Closing, Room
from tests.tester.test_existing import execute, unmarked
from tests.tester.worlds import Target, make_target, shrunk, units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ormthesis.engine.results import UnitResult
    from ormthesis.engine.world import World
    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database

FEW = Config(target="", max_examples=10)
MANY = Config(target="", max_examples=60)


@pytest.fixture(scope="module")
def bookings(tester_database: Database) -> Target:
    return make_target(tester_database, Base)


@pytest.fixture
def declare() -> Iterator[Callable[..., None]]:
    """Declares a claim that is forgotten after the test."""
    before = list(CLAIMS)

    def declare(kind: ClaimKind, function: Any, *about: Any) -> None:
        name = function.__name__.strip("<>")
        CLAIMS.declare(Claim(kind=kind, name=name, function=function, about=about))

    yield declare
    CLAIMS._found[:] = before


def results(target: Target, *ddl: str, config: Config = FEW) -> dict[str, UnitResult]:
    """Every unit of the user's own, on a database that was changed."""
    claims = claims_of(target.models)
    with target.world(*ddl) as world:
        found = [
            run_unit(world, unit, config, seed=1)
            for unit in plan(target.context, config, claims.values())
            if unit.id in claims
        ]
    return {result.id: result for result in found}


def failure(target: Target, table: str, check: str) -> Failure:
    with target.world() as world:
        (unit,) = units(target, table, check)
        (found,) = shrunk(world, unit, max_examples=60)
    return found


def refs(found: Failure) -> list[str]:
    return [str(draft.ref) for draft in found.case.graph.drafts]


def test_which_of_them_hold(bookings: Target) -> None:
    found = results(bookings, config=MANY)
    broken = {"fits", "shares", "few", "no_overlap"}
    for key, result in found.items():
        failed = {each.invariant for each in result.failures}
        assert failed == {key.partition("::")[2]} & broken, key
        accepted = sum(evidence.accepted for evidence in result.evidence.values())
        assert (result.status is UnitStatus.PASSED) is not bool(failed), key
        assert accepted > 0, key
    assert {"Closing::in_order", "Booking::in_order", "Room::few", "Booking::few"} <= found.keys()
    assert "Room::in_order" not in found


def test_an_assertion_says_what_it_says(bookings: Target) -> None:
    found = failure(bookings, "bookings", "fits")
    breach = found.mismatch.breach
    assert breach is not None
    assert refs(found) == ["room#0", "booking#0"]
    assert breach.what == "does not hold for booking#0"
    assert breach.message.startswith("AssertionError: 4 in 0, in fits of tests.tester.bookings, li")
    assert found.title == "fits does not hold for Booking"
    assert found.fingerprint == "fits | Booking | Booking::fits | broken"


def test_an_error_is_a_finding_of_its_own(bookings: Target) -> None:
    found = failure(bookings, "rooms", "shares")
    breach = found.mismatch.breach
    assert breach is not None
    assert refs(found) == ["room#0", "booking#0"]
    assert breach.what == "raises ZeroDivisionError for room#0"
    assert found.fingerprint.endswith("broken | ZeroDivisionError")


def test_a_query_shows_its_rows(bookings: Target) -> None:
    found = failure(bookings, "bookings", "no_overlap")
    breach = found.mismatch.breach
    assert breach is not None
    assert refs(found) == ["room#0", "booking#0", "booking#1"]
    assert (breach.what, breach.rows) == ("returns 1 row", ({"guests": "1", "others": "1"},))


def test_what_is_about_all_rows_is_one_finding_for_all_models(bookings: Target) -> None:
    found = {failure(bookings, table, "few").fingerprint for table in ("rooms", "bookings")}
    assert found == {"few | Booking | broken"}


def test_all_of_a_table_are_asked_about_one_graph(bookings: Target) -> None:
    chosen = units(bookings, "bookings", "in_order", "rooms_exist", "a_writer", "sees_what_*")
    with bookings.world() as world:
        found = list(run_together(world, chosen, FEW, seed=1))
    assert {result.status for result in found} == {UnitStatus.PASSED}
    assert len({result.examples for result in found}) == 1


def test_what_one_writes_and_commits_is_gone(bookings: Target) -> None:
    with bookings.world() as world:
        for unit in units(bookings, "bookings", "a_writer"):
            assert run_unit(world, unit, FEW, seed=1).status is UnitStatus.PASSED
    assert execute(bookings.database, "SELECT (SELECT count(*) FROM rooms)") == [(0,)]


def ends_the_transaction(session: Session) -> None:
    session.connection().commit()


def ends_it_by_sql(session: Session) -> None:
    session.execute(sa.text("/* at last */ COMMIT"))


def undoes_it(session: Session) -> None:
    session.connection().rollback()


def answers_nothing(_: Booking) -> int:
    return 1


@pytest.mark.parametrize(
    ("kind", "function", "said"),
    [
        (ClaimKind.SESSION, ends_the_transaction, "ends the transaction"),
        (ClaimKind.SESSION, ends_it_by_sql, "ends the transaction"),
        (ClaimKind.SESSION, undoes_it, "ends the transaction"),
        (ClaimKind.OBJECT, answers_nothing, "returned 1, of type int, which is no answer"),
    ],
)
def test_what_gives_no_answer_ends_the_run(
    bookings: Target, declare: Any, kind: ClaimKind, function: Any, said: str
) -> None:
    declare(kind, function, Booking)
    with bookings.world() as world:
        (unit,) = units(bookings, "bookings", function.__name__)
        with pytest.raises(OptionError, match=said):
            run_unit(world, unit, FEW, seed=1)
        (other,) = units(bookings, "bookings", "in_order")
        assert run_unit(world, other, FEW, seed=1).status is UnitStatus.PASSED
    assert execute(bookings.database, "SELECT count(*) FROM bookings") == [(0,)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT nothing", 'column "nothing" does not exist'),
        ("DELETE FROM bookings", "a statement that returns no rows, which is no query"),
        (3, "a int, which is no query"),
        (sa.select(sa.literal(1) / sa.column("zero")), 'column "zero" does not exist'),
    ],
)
def test_queries_that_are_none(bookings: Target, declare: Any, query: Any, said: str) -> None:
    def asked() -> Any:
        return query

    declare(ClaimKind.QUERY, asked, Booking)
    with bookings.world() as world:
        (unit,) = units(bookings, "bookings", "asked")
        with pytest.raises(OptionError, match=said):
            run_unit(world, unit, FEW, seed=1)


def test_a_query_that_the_rows_make_raise(bookings: Target, declare: Any) -> None:
    def divides() -> Any:
        return sa.select(Booking.id).where(1 / Room.beds > 5).join(Room)

    declare(ClaimKind.QUERY, divides, Booking)
    found = failure(bookings, "bookings", "divides")
    assert found.mismatch.breach is not None
    assert found.mismatch.breach.what == "raises DivisionByZero"


# Rows that exist.

ROWS = """
INSERT INTO rooms SELECT n, 1 FROM generate_series(1, 5) n;
INSERT INTO bookings SELECT n, 1, 9, 'old', 3, 4 FROM generate_series(1, 5) n;
"""


@pytest.fixture
def existing(bookings: Target) -> Iterator[World]:
    """Somebody's database, in which nothing may be committed."""
    from dataclasses import replace

    from ormthesis.engine.session import open_world

    with bookings.world():
        pass
    columns = "(id, room_id, guests, note, first, last)"
    execute(bookings.database, ROWS.replace("INTO bookings", f"INTO bookings {columns}"))
    with unmarked(bookings.database):
        somebodys = replace(bookings.database, owned=False)
        with open_world(bookings.models, bookings.context, somebodys) as world:
            yield world


CONTENTS = "SELECT (SELECT count(*) FROM rooms), last_value, is_called FROM rooms_id_seq"


def in_world(world: World, target: Target, table: str, check: str) -> UnitResult:
    (unit,) = units(target, table, check)
    return run_unit(world, unit, MANY, seed=1)


def test_rows_that_exist_are_not_blamed_on_the_graph(existing: World, bookings: Target) -> None:
    before = execute(bookings.database, CONTENTS)
    (query,) = in_world(existing, bookings, "bookings", "no_overlap").failures
    assert query.mismatch.breach is not None
    assert query.mismatch.breach.what == "returns 1 row that it did not return before"
    assert refs(query) == ["room#0", "booking#0", "booking#1"]
    (each,) = in_world(existing, bookings, "bookings", "fits").failures
    assert each.mismatch.breach is not None
    assert each.mismatch.breach.what == "does not hold for booking#0"
    few = in_world(existing, bookings, "bookings", "few")
    assert few.status is UnitStatus.NOT_TESTED
    assert few.reason == "of the rows that exist already it is false"
    assert in_world(existing, bookings, "bookings", "in_order").status is UnitStatus.PASSED
    assert execute(bookings.database, CONTENTS) == before


def test_nothing_is_committed_in_a_database_of_others(
    existing: World, bookings: Target, declare: Any
) -> None:
    rooms = "SELECT count(*) FROM rooms"  # what a function draws from a sequence stays drawn
    before = execute(bookings.database, rooms)
    assert in_world(existing, bookings, "bookings", "a_writer").status is UnitStatus.PASSED
    declare(ClaimKind.SESSION, ends_the_transaction, Booking)
    with pytest.raises(OptionError, match="ends the transaction"):
        in_world(existing, bookings, "bookings", "ends_the_transaction")
    assert execute(bookings.database, rooms) == before


# Tables without classes, and classes with listeners.


class Ledger(DeclarativeBase):
    pass


class Entry(Ledger):
    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
    double: Mapped[int | None]


@sa.event.listens_for(Entry, "before_insert")
def _doubled(mapper: Any, connection: Any, entry: Entry) -> None:
    entry.double = min(2 * entry.amount, 2**31 - 1) if entry.amount > 0 else 0


def test_listeners_have_their_say(tester_database: Database, declare: Any) -> None:
    def doubled(entry: Entry) -> bool:
        return entry.double is not None and entry.double >= 0

    declare(ClaimKind.OBJECT, doubled, Entry)
    target = make_target(tester_database, Ledger)
    assert [result.status for result in results(target).values()] == [UnitStatus.PASSED]


def test_tables_without_classes_are_asked_about(tester_database: Database, declare: Any) -> None:
    def no_more_than_two() -> str:
        return "SELECT id FROM plain WHERE size > 2"

    def none(session: Session) -> bool:
        return session.scalar(sa.text("SELECT count(*) FROM plain")) < 2

    metadata = sa.MetaData()
    sa.Table(
        "plain",
        metadata,
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("size", sa.Integer),
    )
    declare(ClaimKind.QUERY, no_more_than_two, "plain")
    declare(ClaimKind.SESSION, none, metadata.tables["plain"])
    target = make_target(tester_database, metadata)
    found = results(target, config=MANY)
    (query,) = found["plain::no_more_than_two"].failures
    (rows,) = found["plain::none"].failures
    assert [dict(draft.values) for draft in query.case.graph.drafts] == [{"size": 3}]
    assert refs(rows) == ["plain#0", "plain#1"]


def test_two_targets_of_one_process(tester_database: Database) -> None:
    """What is claimed about one base is none of another one's units."""
    own = make_target(tester_database, Ledger)
    assert claims_of(own.models) == {}
    names = {unit.invariant.id for unit in plan(own.context, FEW, claims_of(own.models).values())}
    assert "fits" not in names


# After each step of several.


def test_all_can_be_asked_after_each_step(bookings: Target) -> None:
    models = load_models(Base)
    build_context(models, {})
    with bookings.world():
        pass
    creator(models)
    engine = bookings.database.engine(poolclass=NullPool)
    with engine.connect() as connection:
        asking = Asking.about(connection, models, [Booking, Closing])
        assert asking.breaches() == {}
        with Session(connection, join_transaction_mode="rollback_only") as session:
            room = Room(beds=1)
            session.add(Booking(room=room, first=1, last=2, guests=2))
            session.flush()
            assert asking.breaches() == {}
            session.add(Booking(room=room, first=2, last=2, guests=9))
            session.flush()
        found = asking.breaches()
        connection.rollback()
    assert found.keys() == {"Booking::fits", "Booking::few", "Booking::no_overlap"}
    assert found["Booking::fits"].what.startswith("does not hold for Booking(")
