"""A factory that makes rows which its own model refuses is a finding, with the factory's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import factory
import pytest

from tests.tester.store import Base as StoreBase
from tests.tester.store import Product, Status, Supplier
from tests.tester.worlds import make_target, sweep, units

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Database


class SupplierFactory(factory.Factory):
    class Meta:
        model = Supplier

    code = factory.Sequence(lambda number: f"S{number}")
    country = "SE"
    register = factory.Sequence(lambda number: number)


class ProductFactory(factory.Factory):
    """Valid rows."""

    class Meta:
        model = Product

    supplier = factory.SubFactory(SupplierFactory)
    label = "Chair"
    status = Status.LIVE
    stock = 3
    lowest = 1
    highest = 2


class CrowdedFactory(ProductFactory):
    stock = 11


class NamelessFactory(ProductFactory):
    label = None


class TalkativeFactory(ProductFactory):
    label = "A comfortable chair"


class SometimesFactory(ProductFactory):
    """Now and then more than fits on a shelf."""

    stock = factory.Faker("pyint", min_value=0, max_value=12)


@pytest.mark.parametrize(
    "broken", [CrowdedFactory, NamelessFactory, TalkativeFactory, SometimesFactory]
)
def test_invalid_rows_are_found(tester_database: Database, broken: type) -> None:
    target = make_target(tester_database, StoreBase, [broken])
    with target.world() as world:
        failures = sweep(world, units(target, "products", "factory"), max_examples=40)
    assert [(failure.invariant, failure.subject) for failure in failures] == [
        ("factory", broken.__name__)
    ]


def test_valid_rows_pass(tester_database: Database) -> None:
    target = make_target(tester_database, StoreBase, [ProductFactory])
    with target.world() as world:
        assert sweep(world, units(target, "products", but=("delete-*",))) == []
