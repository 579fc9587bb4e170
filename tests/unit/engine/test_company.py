"""Units that are searched together see what they would see alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ormthesis.config.settings import Config
from ormthesis.core.errors import ServerError
from ormthesis.engine.company import Company, companies
from ormthesis.engine.unit import run_together, run_unit
from tests.tester.worlds import units

if TYPE_CHECKING:
    from collections.abc import Callable

    from ormthesis.persistence.observation import Observation
    from tests.tester.worlds import Target

CHECKS = ("accepted", "not-null", "check", "enum", "length", "range", "foreign-key")


def test_units_that_draw_alike_form_a_company(store: Target) -> None:
    groups = companies(units(store, "suppliers", *CHECKS, "unique", "delete-sql"))
    names = [tuple(unit.invariant.id for unit in group) for group in groups]
    assert ("unique",) in names
    assert ("delete-sql",) in names
    (large,) = (group for group in names if "accepted" in group)
    assert set(large) > {"accepted", "not-null"}


def test_each_unit_has_its_own_result(store: Target) -> None:
    with store.world(
        "ALTER TABLE products ALTER label DROP NOT NULL",
        "ALTER TABLE products ALTER stock DROP NOT NULL",
    ) as world:
        wanted = units(store, "products", "accepted", "not-null")
        config = Config(target="", max_examples=5)
        accepted, not_null = run_together(world, wanted, config, seed=1)
        alone = run_unit(world, wanted[1], config, seed=1)
    assert accepted.failures == ()
    assert accepted.evidence.keys() == {"products"}
    assert {failure.subject for failure in not_null.failures} == {
        "products.label.not_null",
        "products.stock.not_null",
    }
    assert not_null.evidence.keys() == alone.evidence.keys()
    assert [f.case.graph for f in not_null.failures] == [f.case.graph for f in alone.failures]


def test_a_graph_is_written_once(store: Target) -> None:
    with store.world() as world:
        (group,) = companies(units(store, "products", "accepted", "not-null", "length"))
        written = []
        real = world.sandbox.start
        world.sandbox.start = lambda *started: written.append(started) or real(*started)  # type: ignore[method-assign]
        company = Company(world, group, seed=1)
        company.random(5)
    assert len(written) == 5
    assert {search.examples for search in company.searches} == {5}


def test_last_graph_is_judged_too(store: Target) -> None:
    with store.world("ALTER TABLE products ALTER label DROP NOT NULL") as world:
        (group,) = companies(units(store, "products", "not-null"))
        company = Company(world, group, seed=1)
        company.random(1)
    (search,) = company.searches
    assert search.examples == 1
    assert [failure.subject for failure, _ in search.found.values()] == ["products.label.not_null"]


@pytest.mark.parametrize("number", [0, 2, 4])
def test_what_ends_a_search_goes_through_as_it_is(store: Target, number: int) -> None:
    """Also what comes up while the next graph is drawn already."""
    lost = ServerError("The server is gone.", hint="")
    started: list[object] = []

    def gone() -> list[Observation]:
        raise lost

    with store.world() as world:
        (group,) = companies(units(store, "products", "not-null"))
        real = world.sandbox.start

        def start(*given: Any) -> Callable[[], list[Observation]]:
            started.append(given)
            return gone if len(started) == number + 1 else real(*given)

        world.sandbox.start = start  # type: ignore[method-assign]
        with pytest.raises(ServerError) as raised:
            Company(world, group, seed=1).random(5)
    assert raised.value is lost
    assert len(started) == number + 1
