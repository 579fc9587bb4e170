"""The search under Hypothesis: short reprs, and failures that do not repeat."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from hypothesis.errors import HypothesisWarning
from hypothesis.vendor.pretty import pretty

from ormthesis.engine.company import Company
from ormthesis.generation.graph import EntityGraph
from ormthesis.invariants.base import Trial
from tests.tester.worlds import search, shrunk, units

if TYPE_CHECKING:
    import pytest

    from ormthesis.engine.world import Examined, World
    from ormthesis.invariants.base import Invariant
    from ormthesis.schema.model import Table
    from tests.tester.worlds import Target


def test_trial_prints_in_a_few_words() -> None:
    """Hypothesis prints every draw that fails and warns of long ones, an error for some."""
    assert pretty(Trial(graph=EntityGraph(drafts=()), cases=())) == "Trial(0 rows, 0 cases)"


def test_large_trials_shrink_without_a_warning(store: Target) -> None:
    with (
        store.world("ALTER TABLE products ADD CONSTRAINT extra CHECK (stock < 10)") as world,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error", HypothesisWarning)
        (unit,) = units(store, "products", "accepted")
        (failure,) = shrunk(world, unit)
    assert failure.fired == "extra"


def test_failure_that_does_not_repeat_is_still_reported(
    store: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a database does can depend on more than the rows; a crash would hide all of it."""
    with store.world("ALTER TABLE products ALTER label DROP NOT NULL") as world:
        (unit,) = units(store, "products", "not-null")
        found = search(world, unit)
        real, calls = type(world).examine, []

        def now_and_then(self: World, invariant: Invariant, table: Table, trial: Trial) -> Examined:
            calls.append(trial)
            examined = real(self, invariant, table, trial)
            if len(calls) > 1:
                examined.failures.clear()
            return examined

        monkeypatch.setattr(type(world), "examine", now_and_then)
        (failure,) = found.shrunk()
    assert len(calls) > 1
    assert failure.subject == "products.label.not_null"


def test_search_keeps_one_of_each_failure(store: Target) -> None:
    with store.world(
        "ALTER TABLE products ALTER label DROP NOT NULL",
        "ALTER TABLE products ALTER stock DROP NOT NULL",
    ) as world:
        (unit,) = units(store, "products", "not-null")
        company = Company(world, (unit,), seed=1)
        company.random(20)
        (found,) = company.searches
    assert {failure.subject for failure, _ in found.found.values()} == {
        "products.label.not_null",
        "products.stock.not_null",
    }
    assert found.examples == 20
