"""`from_model`: one row, what it refers to, and nothing else; overrides."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import find, settings
from hypothesis import strategies as st
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ormthesis import OrmthesisError, from_model
from ormthesis.core.errors import OptionError
from tests.unit.api.draws import draws, row, values
from tests.unit.api.library import Deal, Kind, Member

DAY = dt.date(2024, 2, 29)
MEMBER, WITNESS = "deals.member_id->members", "deals.witness_id->members"


def test_a_graph_is_one_row_and_what_it_refers_to():
    for graph in draws(from_model(Deal)):
        (deal,) = graph.of_table("deals")
        reached = {deal.ref}
        waiting = [deal]
        while waiting:
            parents = set(waiting.pop().parents) - reached
            reached |= parents
            waiting += [graph.by_ref[ref] for ref in parents]
        assert reached == set(graph.by_ref)
        assert deal.references[MEMBER] is not None


def test_rows_are_numbered_without_gaps():
    for graph in draws(from_model(Deal)):
        members = [draft.ref.index for draft in graph.of_table("members")]
        assert members == list(range(len(members)))


def test_optional_references_are_there_and_not():
    found = {g.of_table("deals")[0].references[WITNESS] is None for g in draws(from_model(Deal))}
    assert found == {True, False}


def test_the_minimal_graph_is_small():
    graph = find(from_model(Deal), lambda graph: True, settings=settings(database=None))
    assert [str(draft.ref) for draft in graph.drafts] == ["member#0", "deal#0"]


def test_draws_keep_the_checks():
    for graph in draws(from_model(Deal)):
        deal = row(graph, "deals")
        assert deal["ended"] is None or deal["ended"] >= deal["started"]
        assert (deal["price"] is None) is (deal["currency"] is None)


def test_a_plain_value():
    assert set(values(from_model(Member, nick="ada"), "members", "nickname")) == {"ada"}
    assert set(values(from_model(Deal, kind=Kind.SALE), "deals", "kind")) == {Kind.SALE}
    assert set(values(from_model(Deal, note=None), "deals", "note")) == {None}


def test_a_value_that_can_change_is_a_new_one_in_every_row():
    first, second, *_ = values(from_model(Member, tags={"a": [1]}), "members", "tags")
    assert first == second == {"a": [1]}
    assert first is not second
    assert first["a"] is not second["a"]


def test_checks_are_solved_together_with_a_value():
    for graph in draws(from_model(Deal, price=7)):
        deal = row(graph, "deals")
        assert deal["price"] == 7
        assert deal["currency"] is not None
    for graph in draws(from_model(Deal, ended=DAY)):
        deal = row(graph, "deals")
        assert deal["ended"] == DAY
        assert deal["started"] <= DAY


def test_a_strategy():
    found = values(from_model(Deal, note=st.sampled_from(["a", "b"])), "deals", "note")
    assert set(found) == {"a", "b"}


def test_checks_are_kept_with_what_a_strategy_draws():
    started = st.dates(DAY, DAY + dt.timedelta(days=30))
    prices = set()
    for graph in draws(from_model(Deal, started=started, price=st.integers(-100, 100), ended=...)):
        deal = row(graph, "deals")
        assert DAY <= deal["started"] <= DAY + dt.timedelta(days=30)
        assert deal["ended"] >= deal["started"]
        assert 1 <= deal["price"] <= 100
        prices.add(deal["price"])
    assert len(prices) > 5


def test_an_override_shrinks_by_its_own_strategy():
    graph = find(
        from_model(Deal, price=st.integers(1, 900)),
        lambda graph: row(graph, "deals")["price"] >= 300,
        settings=settings(database=None),
    )
    assert row(graph, "deals")["price"] == 300
    assert len(graph) == 2


def test_an_ellipsis_draws_a_value():
    found = values(from_model(Deal, note=...), "deals", "note")
    assert None not in found
    assert len(set(found)) > 10


def test_an_ellipsis_or_none_for_a_reference():
    for graph in draws(from_model(Deal, witness=...)):
        assert graph.of_table("deals")[0].references[WITNESS] is not None
    for graph in draws(from_model(Deal, witness_id=None)):
        assert graph.of_table("deals")[0].references[WITNESS] is None


def test_a_required_self_reference_is_to_another_row():
    for graph in draws(from_model(Member, nick="ada", sponsor=...)):
        first, second = graph.of_table("members")
        assert first.references["members.sponsor_id->members"] == second.ref
        assert first.values["nickname"] == "ada" != second.values["nickname"]


REFUSED = {
    "unknown": ({"kindd": Kind.SALE}, "no attribute 'kindd'", "Did you mean 'kind'?"),
    "a column's name is no attribute": ({"nickname": "x"}, "'nickname'", "'nick'"),
    "null": ({"kind": None}, "Deal.kind .* cannot be None", "it is NOT NULL"),
    "type": ({"price": "7"}, "Deal.price .* cannot be '7'", "a whole number from"),
    "range": ({"price": 2**31}, "cannot be 2147483648", "a whole number from"),
    "a bool is no number": ({"price": True}, "cannot be True", "a whole number from"),
    "length": ({"currency": "EURO"}, "cannot be 'EURO'", "at most 3 characters"),
    "NUL": ({"note": "a\0"}, "Deal.note", "without NUL characters"),
    "label": ({"kind": "gift"}, "cannot be 'gift'", "Kind.LOAN"),
    "date": ({"started": dt.datetime(2024, 1, 1)}, "Deal.started", "a date"),
    "uuid": ({"token": "no"}, "Deal.token", "a UUID"),
    "numbered": ({"id": 1}, "Deal.id is numbered by the database", "Leave it out"),
    "check": ({"price": 1000}, "No row of deals .*price=1000", "BETWEEN 1 AND 999"),
    "checks together": ({"price": 5, "currency": None}, "No row of deals", "currency IS NULL"),
    "inferred against a check": ({"price": ..., "currency": None}, "No row of deals", "price"),
    "required reference": ({"member": None}, "Deal.member cannot be None", "Leave it out"),
    "row as reference": ({"member": Member()}, "refers to another row", "Write `...`"),
    "both ways": ({"witness": ..., "witness_id": None}, "asked for and excluded", "Leave one"),
}


@pytest.mark.parametrize(("overrides", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_no_row_can_be_is_refused_at_once(overrides, message, hint):
    model = Member if "nickname" in overrides else Deal
    with pytest.raises(OptionError, match=message) as refused:
        from_model(model, **overrides)
    assert hint in refused.value.hint


def test_what_a_strategy_draws_in_vain_is_refused_when_drawn():
    with pytest.raises(OrmthesisError, match=r"Deal.note .* cannot be 5"):
        draws(from_model(Deal, note=st.just(5)))


@pytest.mark.parametrize("model", [int, "Deal", None, Kind])
def test_only_mapped_classes_have_rows(model):
    with pytest.raises(OptionError, match="is no mapped class"):
        from_model(model)


def test_classes_that_are_added_later_are_seen():
    class Growing(DeclarativeBase):
        pass

    class First(Growing):
        __tablename__ = "first"
        id: Mapped[int] = mapped_column(primary_key=True)

    assert len(draws(from_model(First), 3)[0]) == 1

    class Second(Growing):
        __tablename__ = "second"
        id: Mapped[int] = mapped_column(primary_key=True)

    assert draws(from_model(Second), 3)[0].of_table("second")


def test_strategies_print_short():
    assert len(repr(from_model(Deal))) < 1000
