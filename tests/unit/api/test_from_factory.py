"""`from_factory`: the factory's values mixed with the columns' own, and overrides before both."""

from __future__ import annotations

import factory
import pytest
from hypothesis import strategies as st

from ormthesis import from_factory
from ormthesis.core.errors import FactoryError, OptionError
from tests.unit.api.draws import draws, row, values
from tests.unit.api.library import Base, Deal, DealFactory, Kind, Member, MemberFactory


def test_values_come_from_the_factory_and_from_the_column():
    assert set(values(from_factory(DealFactory), "deals", "kind")) == {Kind.SALE, Kind.LOAN}


def test_parents_come_from_the_sub_factories():
    nicks = [row(graph, "members")["nickname"] for graph in draws(from_factory(DealFactory))]
    assert any(nick.startswith("nick") for nick in nicks)
    assert not all(nick.startswith("nick") for nick in nicks)


def test_nothing_is_created():
    for graph in draws(from_factory(DealFactory), 5):
        assert not any(
            isinstance(value, Base) for draft in graph.drafts for value in draft.values.values()
        )


def test_overrides_go_before_the_factory():
    strategy = from_factory(DealFactory, kind=Kind.LOAN, note=st.sampled_from(["x", "y"]))
    for graph in draws(strategy):
        assert row(graph, "deals")["kind"] is Kind.LOAN
        assert row(graph, "deals")["note"] in ("x", "y")


def test_an_inferred_column_is_not_null_whatever_the_factory_says():
    class Silent(DealFactory):
        note = None

    assert None not in values(from_factory(Silent, note=...), "deals", "note")


def test_overrides_are_refused_as_for_models():
    with pytest.raises(OptionError, match="Deal has no attribute 'nte'"):
        from_factory(DealFactory, nte="x")
    with pytest.raises(OptionError, match=r"Member.nick .* cannot be None"):
        from_factory(MemberFactory, nick=None)


def test_what_is_no_factory_is_refused():
    for wrong in (Member, 5):
        with pytest.raises((FactoryError, OptionError), match=r"no factory_boy factory|no mapped"):
            from_factory(wrong)


def test_a_factory_that_raises_is_an_error():
    class Broken(factory.alchemy.SQLAlchemyModelFactory):
        class Meta:
            model = Deal

        note = factory.LazyFunction(lambda: 1 // 0)

    with pytest.raises(FactoryError, match="Broken raises in 'note': ZeroDivisionError"):
        from_factory(Broken)
