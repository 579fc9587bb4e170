"""PostgreSQL judges which rows the oracle refuses: any rows, valid or not, and many NULLs.

Three-valued logic decides here: a CHECK that is NULL passes, a key with a NULL in it collides with
nothing unless NULLs are not distinct, and a foreign key with a NULL in it refers to nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.pool import NullPool

from ormthesis.generation.case import Case, Change, Mutation, MutationKind
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from ormthesis.oracle.judge import judge
from ormthesis.oracle.outcome import DATA_EXCEPTION, Accepted, Refusal, Rejected
from tests.tester.worlds import make_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ormthesis.engine.world import World
    from ormthesis.oracle.outcome import Outcome, Prediction
    from ormthesis.persistence.provisioning.run import Database

METADATA = sa.MetaData()
PLACES = sa.Table(
    "places",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("row", sa.Integer),
    sa.Column("seat", sa.Integer),
    sa.UniqueConstraint("row", "seat", name="uq_places"),
)
TICKETS = sa.Table(
    "tickets",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("a", sa.Integer),
    sa.Column("b", sa.Integer),
    sa.Column("c", sa.Boolean),
    sa.Column("code", sa.String(2)),
    sa.Column("need", sa.Integer, nullable=False),
    sa.UniqueConstraint("a", "b", name="uq_pair"),
    sa.UniqueConstraint("need", "c", name="uq_need", postgresql_nulls_not_distinct=True),
    sa.Index("uq_code", "code", unique=True, postgresql_where=sa.text("a > 0")),
    sa.CheckConstraint("a < b OR c", name="ordered"),
    sa.CheckConstraint("NOT (a = 1 AND c)", name="not_both"),
    sa.CheckConstraint("code IN ('x', 'y')", name="known_code"),
    sa.CheckConstraint("(a IS NULL) = (code IS NULL) OR b IS NOT NULL", name="together"),
)

TWICE = sa.Computed("part + part")
SHARES = sa.Table(
    "shares",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("a", sa.Integer),
    sa.Column("b", sa.Integer),
    sa.Column("part", sa.SmallInteger),
    sa.Column("code", sa.String(12)),
    sa.Column("weight", sa.Numeric),
    sa.Column("c", sa.Integer),
    sa.Column("sum", sa.Integer, sa.Computed("a + b", persisted=True)),
    sa.Column("label", sa.String(14), sa.Computed("code || '-' || a::text", persisted=True)),
    sa.Column("twice", sa.SmallInteger, TWICE),
    sa.CheckConstraint("a / b > 1", name="quotient"),
    sa.CheckConstraint("(code)::int > 0", name="number"),
    sa.CheckConstraint("log(weight) > 0", name="logarithm"),
    sa.CheckConstraint("part < 100", name="part"),
    sa.CheckConstraint("gcd(c * 2, 1) = 1", name="divisor"),
    sa.CheckConstraint("sum < 1000000000", name="sum"),
    sa.Index("ix_part", sa.text("(1000 / part)")),
    sa.Index("uq_share", "code", unique=True, postgresql_where=sa.text("50 / part > 1")),
)

SMALL = st.none() | st.integers(0, 2)
ROWS = st.fixed_dictionaries(
    {
        "a": SMALL,
        "b": SMALL,
        "c": st.none() | st.booleans(),
        "code": st.sampled_from([None, "x", "y", "z", "x ", "x  "]),
        "need": st.sampled_from([0, 1, 2, 3, None]),
    }
)
SETTINGS = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Both:
    """Oracle and PostgreSQL. Not a dataclass: Hypothesis would print all of it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def accept(self, table: str, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Whether both take the rows. Fails where they differ, or name another rule."""
        case = Case(graph=graph(table, rows), subject=table)
        (observation,) = self._world.sandbox.observe(case.graph, [case])
        prediction = self._world.oracle.predict(case, observation.keys)
        assert judge(prediction, observation.base) is None, (prediction, observation.base)
        return not isinstance(prediction, Refusal)

    def mutated(
        self, table: str, row: Mapping[str, Any], change: Mapping[str, Any]
    ) -> tuple[Prediction, Outcome]:
        """What is predicted and observed where a row that is valid is changed."""
        draft = graph(table, [row]).drafts[0]
        changes = tuple(Change(column=n, old=row[n], new=v) for n, v in change.items())
        mutation = Mutation(
            kind=MutationKind.EDGE, constraint=table, ref=draft.ref, changes=changes
        )
        case = Case(graph=EntityGraph(drafts=(draft,)), subject=table, mutation=mutation)
        (observation,) = self._world.sandbox.observe(case.graph, [case])
        assert isinstance(observation.base, Accepted), observation.base
        return self._world.oracle.predict(case, observation.keys), observation.outcome


@pytest.fixture(scope="module")
def both(database: Database) -> Iterator[Both]:
    with database.engine(poolclass=NullPool).connect() as connection:
        version = connection.dialect.server_version_info or (0,)
    TWICE.persisted = version < (18,)  # older servers have no virtual columns
    with make_target(database, METADATA).world() as world:
        yield Both(world)


def graph(table: str, rows: Sequence[Mapping[str, Any]]) -> EntityGraph:
    return EntityGraph(
        drafts=tuple(
            EntityDraft(ref=EntityRef(table, index), table=table, values=row, references={})
            for index, row in enumerate(rows)
        )
    )


@SETTINGS
@given(rows=st.lists(ROWS, min_size=1, max_size=3))
@example(rows=[{"a": None, "b": None, "c": None, "code": None, "need": 0}] * 2)
@example(rows=[{"a": 0, "b": 1, "c": None, "code": "x", "need": n} for n in (0, 1)])
@example(rows=[{"a": None, "b": 1, "c": None, "code": "x", "need": n} for n in (0, 1)])
def test_any_rows(both: Both, rows: list[dict[str, Any]]) -> None:
    event("accepted" if both.accept("tickets", rows) else "refused")


MOST = 2**31 - 1
SHARE = {"a": 2, "b": 1, "part": 1, "code": "1", "weight": 100, "c": 1}
OPEN = {
    "shares.check(logarithm)",
    "shares.check(divisor)",
    "shares.sum.range(integer)",
    "shares.label.length(14)",
    "shares.twice.range(smallint)",
}
"""Rules whose value only the server knows."""
SHARE_ROWS = st.fixed_dictionaries(
    {
        "a": st.sampled_from([None, 0, 2, 6, MOST]),
        "b": st.sampled_from([None, 0, 1, 3, MOST]),
        "part": st.sampled_from([None, 0, 5, 100, 32767]),
        "code": st.sampled_from([None, "1", "-1", "x", "9999999999", " 7 "]),
        "weight": st.sampled_from([None, 100, Decimal("0.5"), 0, -1]),
        "c": st.sampled_from([None, 1, MOST]),
    }
)


@SETTINGS
@given(rows=st.lists(SHARE_ROWS, min_size=1, max_size=2))
def test_any_rows_of_expressions_that_raise(both: Both, rows: list[dict[str, Any]]) -> None:
    event("accepted" if both.accept("shares", rows) else "refused")


@pytest.mark.parametrize(
    ("change", "sqlstate"),
    [
        ({"b": 0}, "22012"),  # in a CHECK
        ({"code": "x"}, "22P02"),
        ({"code": "9999999999"}, "22003"),
        ({"part": 0}, "22012"),  # in an index
        ({"a": MOST}, "22003"),  # in a generated column
        ({"a": 123456789, "code": "12345"}, "22001"),  # its value does not fit
        ({"weight": 0}, "2201E"),  # in a CHECK that cannot be read
        ({"c": MOST}, "22003"),
    ],
)
def test_an_error_of_an_expression_refuses(
    both: Both, change: dict[str, Any], sqlstate: str
) -> None:
    """Nothing is broken: the error alone refuses the row, as predicted."""
    prediction, outcome = both.mutated("shares", SHARE, change)
    assert isinstance(outcome, Rejected)
    assert outcome.rejection.sqlstate == sqlstate
    assert judge(prediction, outcome) is None
    if isinstance(prediction, Refusal):
        assert prediction.errors == {sqlstate}
        assert prediction.rules <= OPEN
    else:
        assert DATA_EXCEPTION in prediction.errors


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"b": 2}, "shares.check(quotient)"),
        ({"code": "-1"}, "shares.check(number)"),
        ({"part": 100}, "shares.check(part)"),
        ({"a": 2_000_000_000}, "shares.check(sum)"),  # of a generated column
        ({"a": MOST + 1}, "shares.a.range(integer)"),  # nothing is evaluated
    ],
)
def test_no_error_takes_the_place_of_a_rule(both: Both, change: dict[str, Any], rule: str) -> None:
    prediction, outcome = both.mutated("shares", SHARE, change)
    assert isinstance(prediction, Refusal)
    assert rule in prediction.rules
    assert not prediction.errors
    assert isinstance(outcome, Rejected)
    assert outcome.rejection.rule == rule


@pytest.mark.parametrize(
    ("rows", "accepted"),
    [
        ([(1, 1), (1, 1)], False),
        ([(1, 1), (1, 2)], True),
        ([(1, None), (1, None)], True),
        ([(None, None), (None, None)], True),
    ],
)
def test_null_keeps_a_key_distinct(
    both: Both, rows: list[tuple[int | None, int | None]], accepted: bool
) -> None:
    values = [{"row": row, "seat": seat} for row, seat in rows]
    assert both.accept("places", values) is accepted


@pytest.mark.parametrize(
    ("row", "accepted"),
    [
        ({"a": None, "b": 1, "c": None}, True),  # NULL OR NULL
        ({"a": 2, "b": 1, "c": None}, True),  # false OR NULL
        ({"a": 2, "b": 1, "c": False}, False),
        ({"a": 1, "b": None, "c": True}, False),  # NOT (true AND true)
        ({"a": None, "b": None, "c": True}, True),  # NOT (NULL AND true)
    ],
)
def test_check_passes_where_it_is_null(both: Both, row: dict[str, Any], accepted: bool) -> None:
    assert both.accept("tickets", [{"code": None, "need": 0, "b": 0, **row}]) is accepted


@pytest.mark.parametrize("flag", [None, True, False])
def test_nulls_that_are_not_distinct_collide(both: Both, flag: bool | None) -> None:
    row = {"a": None, "b": None, "code": None, "need": 1}
    assert both.accept("tickets", [{**row, "c": flag}]) is True
    assert both.accept("tickets", [{**row, "c": flag}, {**row, "c": flag}]) is False
