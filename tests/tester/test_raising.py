"""Expressions that raise: no false alarm, and rules beside them are missed where they are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ormthesis.oracle.outcome import Rejected
from tests.tester.worlds import make_target, search, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

METADATA = sa.MetaData()
SHARES = sa.Table(
    "shares",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("a", sa.Integer),
    sa.Column("b", sa.Integer, nullable=False),
    sa.Column("part", sa.SmallInteger, nullable=False),
    sa.Column("code", sa.String(8)),
    sa.Column("weight", sa.Numeric(6, 2)),
    sa.Column("total", sa.Integer, sa.Computed("a + part", persisted=True)),
    sa.Column("label", sa.String(12), sa.Computed("code || '/' || a::text", persisted=True)),
    sa.CheckConstraint("a / b > 1", name="quotient"),
    sa.CheckConstraint("(code)::int > 0", name="number"),
    sa.CheckConstraint("log(weight) > 0", name="logarithm"),
    sa.CheckConstraint("part <> 0", name="parted"),
    sa.CheckConstraint("total < 1000000000", name="bounded"),
    sa.Index("ix_part", sa.text("(1000 / part)")),
    sa.Index("uq_code", "code", unique=True, postgresql_where=sa.text("b % part = 0")),
    sa.Index("uq_product", sa.text("(a * part)"), unique=True),
)
RULES = ("quotient", "number", "logarithm", "parted", "bounded")
UNIQUE = {
    "shares.unique(code) where b % part = 0": "DROP INDEX uq_code",
    "shares.unique((a * part))": "DROP INDEX uq_product",
}
BUT = ("delete-sql", "delete-orm", "delete-agreement", "relationships")


@pytest.fixture(scope="module")
def shares(tester_database: Database) -> Target:
    return make_target(tester_database, METADATA)


def test_nothing_is_reported_and_each_rule_is_proved(shares: Target) -> None:
    with shares.world() as world:
        searches = [search(world, unit) for unit in units(shares, "shares", but=BUT)]
    assert not [failure for each in searches for failure, _ in each.found.values()]
    assert sum(each.total.rejected_graphs for each in searches) == 0
    evidence = {key: seen for each in searches for key, seen in each.total.evidence.items()}
    proved = {key for key, seen in evidence.items() if seen.accepted and seen.refused}
    assert proved >= {*UNIQUE, *(f"shares.check({name})" for name in RULES)}
    assert proved >= {"shares.a.range(integer)", "shares.code.length(8)"}


@pytest.mark.parametrize("name", RULES)
def test_a_check_that_is_gone_is_missed(shares: Target, name: str) -> None:
    assert f"shares.check({name})" in set(
        _found(shares, "check", f"ALTER TABLE shares DROP CONSTRAINT {name}")
    )


@pytest.mark.parametrize("rule", UNIQUE)
def test_a_key_that_is_gone_is_missed(shares: Target, rule: str) -> None:
    assert rule in set(_found(shares, "unique", UNIQUE[rule]))


@pytest.mark.parametrize(
    "ddl",
    [
        "ALTER TABLE shares ADD CHECK (100 / (part - 1) IS NOT NULL)",
        "CREATE INDEX ON shares ((sqrt(part)))",
    ],
)
def test_an_expression_that_is_not_declared_is_reported(shares: Target, ddl: str) -> None:
    (unit,) = units(shares, "shares", "accepted")
    with shares.world(ddl) as world:
        failures: list[Failure] = [each for each, _ in search(world, unit).found.values()]
    assert [type(each.outcome) for each in failures] == [Rejected]


def _found(target: Target, invariant: str, ddl: str) -> Iterator[str]:
    (unit,) = units(target, "shares", invariant)
    with target.world(ddl) as world:
        yield from (failure.subject for failure, _ in search(world, unit).found.values())
