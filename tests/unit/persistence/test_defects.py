"""A defect of ours is never taken for something that models or database did."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import sqlalchemy as sa

from ormthesis.core.errors import InternalError, ServerError, UnsupportedTypeError
from ormthesis.generation.case import INSERT_OBJECTS, Case, Operation, OperationKind
from ormthesis.persistence import object_reader
from ormthesis.persistence.defects import observable
from ormthesis.persistence.wire import Wire
from tests.tester.worlds import search, units
from tests.unit.persistence.graphs import PRODUCT, graph, product, supplier

if TYPE_CHECKING:
    from collections.abc import Callable

    from ormthesis.engine.world import World
    from tests.tester.worlds import Target

READER, FLUSH = "ormthesis.persistence.reader", "sqlalchemy.orm.unitofwork"
USER, DEMO = "app.models", "ormthesis.demo.headspace.agents"
NOT_A_NUMBER = partial(int, "x")  # has no frame of its own


def raised(*modules: str, by: Callable[[], object] = NOT_A_NUMBER) -> Exception:
    """What comes of a call through functions of these modules, the outermost first."""
    for module in reversed(modules):
        place: dict[str, Any] = {"__name__": module, "call": by}
        exec("def function(): return call()", place)
        by = place["function"]
    try:
        by()
    except Exception as error:
        # Without the frame of this module, which would count as a user's.
        return error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    "modules",
    [
        (READER, FLUSH),
        (READER, USER),
        (READER, FLUSH, USER),
        (READER, FLUSH, USER, "json.decoder"),
        (READER, FLUSH, DEMO),
        (READER, FLUSH, "psycopg.cursor"),
        (READER, FLUSH, "sqlalchemy_utils.types"),
        (READER, FLUSH, "ormthesis_of_mine"),
    ],
    ids=" ".join,
)
def test_what_others_raise_is_observed(modules: tuple[str, ...]) -> None:
    error = raised(*modules)
    assert observable(error) is error


@pytest.mark.parametrize(
    "modules",
    [
        (READER,),
        (FLUSH, READER),
        (FLUSH, USER, READER),
        (READER, "json.decoder"),
        (READER, "sqlglot.parser"),
        (READER, "psycopg.pq"),
    ],
    ids=" ".join,
)
def test_what_we_raise_is_a_defect(modules: tuple[str, ...]) -> None:
    with pytest.raises(InternalError, match="Ormthesis: ValueError: invalid"):
        observable(raised(*modules))


def test_what_is_wrapped_counts() -> None:
    """A type's own processing runs inside SQLAlchemy, which wraps what it raises."""
    by_user = sa.exc.StatementError("bind", "INSERT", {}, raised(FLUSH, USER))
    assert observable(by_user) is by_user
    with pytest.raises(InternalError):
        observable(sa.exc.StatementError("bind", "INSERT", {}, raised(FLUSH, READER)))


@pytest.mark.parametrize("error", [InternalError("a"), UnsupportedTypeError("b"), ServerError("c")])
def test_our_own_errors_go_through(error: Exception) -> None:
    with pytest.raises(type(error)) as info:
        observable(error)
    assert info.value is error


def raising(error: Exception) -> Callable[[], object]:
    return partial(_generator().throw, error)  # no frame that is anybody's


def _generator() -> Any:
    place: dict[str, Any] = {}
    exec("def generator():\n    yield", place)
    return place["generator"]()


def test_the_servers_answer_is_observed_whoever_asked() -> None:
    error = raised(READER, by=raising(psycopg.errors.UniqueViolation("duplicate key")))
    assert observable(error) is error


@pytest.mark.parametrize(
    "kind", [psycopg.errors.InFailedSqlTransaction, psycopg.errors.SyntaxError]
)
def test_a_wrong_use_of_the_wire_is_a_defect(kind: type[psycopg.Error]) -> None:
    with pytest.raises(InternalError):
        observable(raised(READER, by=raising(kind("no"))))
    by_listener = raised(READER, FLUSH, USER, by=raising(kind("no")))
    assert observable(by_listener) is by_listener


def test_a_lost_connection_is_no_refusal() -> None:
    lost = raised(READER, FLUSH, by=raising(psycopg.OperationalError("the connection is closed")))
    with pytest.raises(ServerError, match="cannot be used: the connection is closed"):
        observable(sa.exc.OperationalError("INSERT", {}, lost))


OBJECTS = [
    INSERT_OBJECTS,
    Operation(kind=OperationKind.DELETE_OBJECT, ref=PRODUCT),
]


@pytest.mark.parametrize("operation", OBJECTS, ids=lambda each: each.kind.name)
def test_a_broken_reader_is_no_finding(
    world: World, monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    rows = graph(supplier(0), product(0))
    monkeypatch.setattr(world.sandbox._below._reader, "_names", None)
    with pytest.raises(InternalError, match=r"in ormthesis\.persistence\.reader, select"):
        world.sandbox.observe(rows, [Case(graph=rows, operation=operation)])


def test_no_unit_reports_it(world: World, store: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_reader, "coerce", None)
    (unit,) = units(store, "products", "round-trip")
    with pytest.raises(InternalError, match="'NoneType' object is not callable, in ormthesis"):
        search(world, unit)


def test_a_wire_in_the_wrong_state(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = graph(supplier(0), product(0))
    must = Wire.must
    monkeypatch.setattr(Wire, "must", lambda self, statements: must(self, ["SELEC 1", *statements]))
    with pytest.raises(InternalError, match="syntax error"):
        world.sandbox.observe(rows, [Case(graph=rows, operation=INSERT_OBJECTS)])
