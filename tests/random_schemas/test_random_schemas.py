"""Schemas that nobody wrote: no false alarm on any, and a rule taken away is noticed on each.

PostgreSQL is the judge. `RANDOM_SCHEMAS=1000` draws as many.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy.pool import NullPool

from ormthesis.config.settings import Config
from ormthesis.engine.company import companies
from ormthesis.engine.conclude import constraint_results
from ormthesis.engine.plan import plan as plan_units
from ormthesis.engine.results import ConstraintVerdict
from ormthesis.engine.session import open_world
from ormthesis.engine.unit import finished, run_together
from ormthesis.oracle.judge import Verdict
from tests.random_schemas.build import target_of, without_rule
from tests.random_schemas.plans import SchemaPlan, schemas
from tests.tester.databases import new_database
from tests.tester.worlds import make_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.engine.results import ConstraintResult, UnitResult
    from ormthesis.engine.world import World
    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database, Run
    from tests.tester.worlds import Target

EXAMPLES = int(os.environ.get("RANDOM_SCHEMAS", "8"))
GRAPHS = 2

SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # shrinking makes hundreds of schemas
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def database(run: Run) -> Iterator[Database]:
    with new_database(run, "random") as database:
        yield database


@SETTINGS
@given(plan=schemas(), data=st.data())
def test_random_schema(database: Database, plan: SchemaPlan, data: st.DataObject) -> None:
    target = make_target(database, target_of(plan))
    with target.world() as world:
        results = _run(target, world)
    constraints = _unalarmed(target, results)
    by_key = target.context.schema.by_key
    rules = [
        (rule, statement)
        for result in constraints
        if result.verdict is ConstraintVerdict.PROVED
        for rule in [target.context.schema.constraints[result.id]]
        if (statement := without_rule(by_key[rule.table], rule)) is not None
    ]
    if not rules:
        return
    rule, statement = data.draw(st.sampled_from(rules), label="taken away")
    event(f"taken away: {rule.kind.value}")
    _execute(database, statement)
    with open_world(target.models, target.context, database) as world:
        results = _run(target, world, rule.table)
    failures = _failures(results)
    found = any(rule.table == failure.table for failure in failures)
    # Where another rule refuses the same rows nothing changes, but this one is not proved any more.
    verdicts = {r.id: r.verdict for r in constraint_results(target.context, results, failures)}
    assert found or verdicts[rule.id] is not ConstraintVerdict.PROVED, statement
    event(f"noticed by {'a failure' if found else 'what is not proved'}")


def _run(target: Target, world: World, table: str | None = None) -> list[UnitResult]:
    names = () if table is None else (target.context.schema.name_of(table),)
    config = Config(target="", max_examples=GRAPHS, include_models=names)
    units = plan_units(target.context, config)
    results = [
        result
        for group in companies(units)
        for result in run_together(world, group, config, seed=1)
    ]
    return [*results, *(finished(unit, None, (), 0.0) for unit in units if not unit.subjects)]


def _failures(results: list[UnitResult]) -> list[Failure]:
    return [failure for result in results for failure in result.failures]


def _unalarmed(target: Target, results: list[UnitResult]) -> list[ConstraintResult]:
    """The verdicts, once nothing was found that is not true of PostgreSQL."""
    failures = _failures(results)
    wrong = [f for f in failures if f.mismatch.verdict is not Verdict.ACTION_ORDER]
    assert not wrong, wrong
    wasted = [text for result in results for text in result.warnings if "tested nothing" in text]
    assert not wasted
    constraints = list(constraint_results(target.context, results, failures))
    for result in constraints:
        assert (
            result.verdict in (ConstraintVerdict.PROVED, ConstraintVerdict.FAILED) or result.reason
        )
        event(f"{result.kind}: {result.verdict.value} {result.reason[:40]}")
    return constraints


def _execute(database: Database, statement: str) -> None:
    engine = database.engine(poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
