"""Many probes on one graph: each is told apart, and none leaves a trace on the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ormthesis.generation.case import Case
from ormthesis.generation.graph import EntityRef, graph_keys
from ormthesis.oracle.outcome import Accepted, Rejected, RejectionKind
from ormthesis.persistence.catalog import read_catalog
from ormthesis.persistence.graph_sql import Dialogue
from ormthesis.persistence.literals import Literals
from ormthesis.persistence.probes import BEGIN, Prober
from ormthesis.persistence.reader import Reader
from ormthesis.persistence.refusals import Refusals
from ormthesis.persistence.rejections import Rejections
from ormthesis.persistence.wire import Wire
from tests.tester.weakening import trigger
from tests.unit.persistence.graphs import PRODUCT, SUPPLIER, graph, mutated, product, supplier
from tests.unit.persistence.test_catalog import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ormthesis.engine.world import World
    from ormthesis.oracle.outcome import Outcome
    from tests.tester.worlds import Target

ROWS = graph(supplier(0), supplier(1), product(0), product(1, replaced_by=PRODUCT))

# Of each probe: what is changed, and which rule has to fire. A row stands for its key.
PROBES: list[tuple[Any, dict[str, Any], str | None]] = [
    (PRODUCT, {"label": None}, "products.label.not_null"),
    (PRODUCT, {"stock": 11}, "products.check(stock_range)"),
    (PRODUCT, {"stock": 10}, None),
    (PRODUCT, {"label": "x" * 13}, "products.label.length(12)"),
    (PRODUCT, {"price": 10_000}, "products.price.range(numeric(6, 2))"),
    (PRODUCT, {"status": "LOST"}, "products.status.enum(status)"),
    (PRODUCT, {"supplier_id": 9}, "products.supplier_id->suppliers"),
    (PRODUCT, {"supplier_id": supplier(1).ref}, None),
    (product(1).ref, {"id": PRODUCT}, "products.primary_key(id)"),
    (product(1).ref, {"highest": -1}, "products.check(lowest_first)"),
    (supplier(1).ref, {"code": "code 0"}, "suppliers.unique(code)"),
    (supplier(1).ref, {"register": 0}, "suppliers.unique(country,register)"),
    (supplier(1).ref, {"register": 0, "country": "NO"}, None),
    (SUPPLIER, {"code": None}, "suppliers.code.not_null"),
]


def fired(outcome: Outcome | None) -> str | None:
    if isinstance(outcome, Rejected):
        return outcome.rejection.rule
    assert isinstance(outcome, Accepted)
    return None


def probes(store: Target) -> list[Case]:
    keys = graph_keys(store.context.schema)
    return [
        mutated(
            ROWS,
            ref,
            rule or "",
            **{
                name: keys(value) if isinstance(value, EntityRef) else value
                for name, value in changes.items()
            },
        )
        for ref, changes, rule in PROBES
    ]


REFUSED = {index for index, (*_, rule) in enumerate(PROBES) if rule}


@pytest.mark.parametrize(
    "refused",
    [REFUSED, set(), set(range(len(PROBES))), REFUSED ^ {0, 2}],
    ids=["expected", "none expected", "all expected", "two errors"],
)
def test_each_probe_names_its_own_rule(world: World, store: Target, refused: set[int]) -> None:
    cases = [*probes(store), Case(graph=ROWS)]
    observed = world.sandbox.start(ROWS, cases, refused)()
    assert [fired(found.outcome) for found in observed] == [*(rule for *_, rule in PROBES), None]
    assert all(isinstance(found.base, Accepted) for found in observed)


def test_what_is_expected_takes_one_message(store: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Sequence[str]] = []
    real = Wire.send
    with store.world() as world:
        world.sandbox.observe(ROWS, [])  # begins
        monkeypatch.setattr(
            Wire, "send", lambda wire, message: (sent.append(message), real(wire, message))[-1]
        )
        world.sandbox.start(ROWS, probes(store), REFUSED)()
        assert len(sent) == 1
        world.sandbox.start(ROWS, probes(store), REFUSED ^ {0})()
        assert len(sent) > 3


def test_without_a_function_of_ours_all_is_the_same(store: Target) -> None:
    with store.world() as world, connect(store.database) as connection:
        wire = Wire(connection)
        ours, theirs = world.sandbox, prober(store, wire)
        wire.must(list(BEGIN))
        for refused in (REFUSED, set()):
            quick = ours.start(ROWS, probes(store), refused)()
            slow = theirs.start(ROWS, probes(store), refused)()
            assert [found.outcome for found in quick] == [found.outcome for found in slow]
        wire.must(["ROLLBACK"])


WEAKENINGS = [
    "",
    "ALTER TABLE products ALTER label DROP NOT NULL",
    trigger("products", "IF NEW.stock = 11 THEN RAISE EXCEPTION 'no'; END IF;"),
]


@pytest.mark.parametrize("weakening", WEAKENINGS)
def test_one_message_shows_what_many_show(store: Target, weakening: str) -> None:
    """Refusals are tried together by a function of the server, or a message each."""
    with store.world(*filter(None, [weakening])) as world:
        together = world.sandbox.observe(ROWS, probes(store))
        world.sandbox._prober.refusals = None
        singly = world.sandbox.observe(ROWS, probes(store))
    assert [found.outcome for found in together] == [found.outcome for found in singly]


def test_probes_in_another_order_show_the_same(world: World) -> None:
    cases = [
        mutated(ROWS, ref, rule or "", **changes)
        for ref, changes, rule in PROBES
        if "supplier_id" not in changes and "id" not in changes
    ]
    forward = world.sandbox.observe(ROWS, cases)
    backward = world.sandbox.observe(ROWS, cases[::-1])
    assert [fired(found.outcome) for found in forward] == [
        fired(found.outcome) for found in backward[::-1]
    ]


@pytest.mark.parametrize("wrong", [0, 1, 2, 3])
def test_refused_row_is_named_wherever_it_stands(world: World, wrong: int) -> None:
    broken = (
        supplier(0, code=None),
        supplier(1, country=None),
        product(0, stock=-1),
        product(1, lowest=1),
    )
    rules = (
        "suppliers.code.not_null",
        "suppliers.country.not_null",
        "products.check(stock_range)",
        "products.check(lowest_first)",
    )
    rows = graph(*(broken[i] if i == wrong else row for i, row in enumerate(ROWS.drafts)))
    (observed,) = world.sandbox.observe(rows, [Case(graph=rows)])
    assert isinstance(observed.base, Rejected)
    assert observed.base.rejection.rule == rules[wrong]


def test_probes_of_a_refused_row_are_still_seen(world: World) -> None:
    """A mutation can mend a row; what it shows is judged elsewhere."""
    rows = graph(supplier(0), product(0, stock=-1))
    cases = [
        mutated(rows, PRODUCT, "products.check(stock_range)", stock=5),
        mutated(rows, PRODUCT, "products.label.not_null", label=None),
    ]
    mended, other = world.sandbox.observe(rows, cases)
    assert isinstance(mended.outcome, Accepted)
    assert fired(other.outcome) == "products.label.not_null"
    assert fired(mended.base) == fired(other.base) == "products.check(stock_range)"


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_the_driver_refuses(world: World, text: str) -> None:
    rows = graph(supplier(0), supplier(1))
    (seen, after) = world.sandbox.observe(
        rows,
        [
            mutated(rows, SUPPLIER, "", country=text),
            mutated(rows, SUPPLIER, "", country=None),
        ],
    )
    assert isinstance(seen.outcome, Rejected)
    assert seen.outcome.rejection.kind is RejectionKind.DRIVER
    assert fired(after.outcome) == "suppliers.country.not_null"
    assert isinstance(seen.base, Accepted)


def test_row_that_a_trigger_swallows_is_missing(store: Target) -> None:
    rows = graph(supplier(0), supplier(1))
    skip = trigger("suppliers", "IF NEW.register = 1 THEN RETURN NULL; END IF;")
    with store.world(skip) as world:
        case = Case(graph=rows)
        probe = mutated(rows, SUPPLIER, "", register=1)
        observed, probed = world.sandbox.observe(rows, [case, probe])
    assert isinstance(observed.base, Accepted)
    assert observed.base.state.rows.keys() == {SUPPLIER}
    assert isinstance(probed.outcome, Accepted)
    assert probed.outcome.state.rows == {}


def prober(store: Target, wire: Wire, *, refusals: bool = False) -> Prober:
    schema, literals = store.context.schema, Literals(store.models)
    catalog = read_catalog(wire.connection, schema)
    rejections = Rejections(catalog, schema.by_key)
    dialogue = Dialogue(schema, literals, Reader(schema, literals, wire), rejections)
    return Prober(dialogue, wire, Refusals(wire) if refusals else None)


def nesting(wire: Wire) -> int:
    """How many transactions stand inside one another: each has memory of this name."""
    query = "SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'CurTransactionContext'"
    ((depth,),) = wire.rows(wire.must([query])[0])
    return int(depth)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("refusals", [True, False])
def test_nesting_does_not_grow(store: Target, refusals: bool) -> None:
    cases = [
        mutated(ROWS, ref, rule or "", **changes)
        for ref, changes, rule in PROBES
        if "supplier_id" not in changes and "id" not in changes
    ]
    refused = {index for index, case in enumerate(cases) if case.subject}
    with connect(store.database) as connection:
        wire = Wire(connection)
        observer = prober(store, wire, refusals=refusals)
        wire.must(list(BEGIN))
        depths = []
        for number in range(60):
            observer.start(ROWS, cases, refused if number % 2 else ())()
            observer.observe(graph(supplier(0, code=None)), [])
            depths.append(nesting(wire))
        wire.must(["ROLLBACK"])
    assert set(depths) == {depths[0]}
    assert depths[0] <= 3
