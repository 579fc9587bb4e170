"""Which units a configuration chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ormthesis.config.settings import Config, Mode
from ormthesis.core.errors import OptionError
from ormthesis.engine.plan import plan
from ormthesis.engine.setup import build_context
from ormthesis.invariants.registry import builtin
from ormthesis.schema import load_models
from tests.tester.store import Base

if TYPE_CHECKING:
    from ormthesis.engine.plan import Unit


def chosen(**options: Any) -> tuple[Unit, ...]:
    return plan(build_context(load_models(Base), {}), Config(target="", **options))


def test_a_unit_for_every_model_and_invariant() -> None:
    units = chosen()
    assert len(units) == 7 * len(builtin())
    assert len({unit.id for unit in units}) == len(units)
    assert "Product::not-null" in {unit.id for unit in units}


def test_checks_and_models_are_selected_by_name_and_glob() -> None:
    assert {unit.id for unit in chosen(checks=("unique",), include_models=("Su*",))} == {
        "Supplier::unique"
    }
    kinds = {unit.invariant.id for unit in chosen(exclude_checks=("delete-*", "accepted"))}
    assert kinds == set(builtin()) - {*("accepted", "delete-sql", "delete-orm", "delete-agreement")}
    assert {unit.model for unit in chosen(exclude_models=("S*", "L*"))} == {
        *("Product", "Box", "Count")
    }


@pytest.mark.parametrize("mode", Mode)
def test_mode_leaves_out_the_other_side(mode: Mode) -> None:
    modes = {unit.invariant.mode for unit in chosen(mode=mode)}
    assert modes <= ({*Mode} if mode is Mode.ALL else {mode, Mode.ALL})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"checks": ("uniqe",)}, "Did you mean 'unique'"),
        ({"include_models": ("Prodct",)}, "Did you mean 'Product'"),
        ({"exclude_models": ("*",)}, "nothing to test"),
        ({"checks": ("unique",), "mode": Mode.POSITIVE}, "nothing to test"),
    ],
)
def test_names_that_match_nothing_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError) as caught:
        chosen(**options)
    assert words in str(caught.value)


def test_subjects_are_the_rules_that_can_be_tested() -> None:
    (unit,) = chosen(checks=("check",), include_models=("Product",))
    assert unit.subjects == {
        "products.check(stock_range)",
        "products.check(label_length)",
        "products.check(lowest_first)",
        "products.check(weight_has_unit)",
    }
    (none,) = chosen(checks=("check",), include_models=("Shelf",))
    assert none.subjects == frozenset()
    assert none.reasons == {}
