"""One unit, from its first case to its result; and the constraints counted at the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ormthesis.config.settings import Config, Mode, Phase
from ormthesis.engine.conclude import conclude
from ormthesis.engine.results import ConstraintVerdict, Evidence, UnitStatus
from ormthesis.engine.unit import UNSEEN, run_unit
from tests.tester.weakening import replaced
from tests.tester.worlds import units

if TYPE_CHECKING:
    from ormthesis.engine.results import UnitResult
    from ormthesis.engine.world import World
    from tests.tester.worlds import Target


def result(
    world: World, store: Target, table: str, check: str, seed: int = 1, **options: object
) -> UnitResult:
    (unit,) = units(store, table, check)
    return run_unit(world, unit, Config(target="", **{"max_examples": 5, **options}), seed=seed)


def test_passed_unit_has_evidence_for_every_rule(world: World, store: Target) -> None:
    found = result(world, store, "suppliers", "unique")
    assert found.status is UnitStatus.PASSED
    assert found.failures == ()
    assert found.warnings == ()
    assert len(found.evidence) == 4
    assert all(seen.accepted and seen.refused for seen in found.evidence.values())
    assert found.probes >= found.examples > 5


def test_unit_without_subjects_is_not_applicable(world: World, store: Target) -> None:
    found = result(world, store, "shelves", "check")
    assert found.status is UnitStatus.NOT_APPLICABLE
    assert (found.examples, found.probes, found.evidence) == (0, 0, {})


@pytest.mark.parametrize(
    ("phases", "examples"),
    [((Phase.BOUNDARY,), 1), ((Phase.RANDOM,), 5), ((), 0), (tuple(Phase), 6)],
)
def test_phases(world: World, store: Target, phases: tuple[Phase, ...], examples: int) -> None:
    found = result(world, store, "products", "length", phases=phases)
    assert found.examples == examples
    assert found.status is (UnitStatus.PASSED if examples else UnitStatus.NOT_TESTED)


def test_same_seed_same_result(store: Target) -> None:
    with store.world("ALTER TABLE products DROP CONSTRAINT lowest_first") as world:
        one, two = (result(world, store, "products", "check", seed=7) for _ in range(2))
    assert one.failures == two.failures
    assert (one.examples, one.probes, one.evidence) == (two.examples, two.probes, two.evidence)


def test_rule_that_refuses_everything_proves_nothing_else(store: Target) -> None:
    """A refusal counts for a rule only where the same row is accepted without the change."""
    ddl = "ALTER TABLE products ADD CONSTRAINT never CHECK (false)"
    with store.world(ddl) as world:
        found = result(world, store, "products", "not-null")
    assert [failure.invariant for failure in found.failures] == ["accepted"]
    assert found.failures[0].fired == "never"
    assert set(found.evidence.values()) == {Evidence(untested=UNSEEN)}


def test_every_constraint_gets_a_verdict(store: Target) -> None:
    ddl = (
        *replaced("products", "stock_range", "CHECK (stock BETWEEN 0 AND 11)"),
        "ALTER TABLE products ALTER rank TYPE integer",
    )
    config = Config(target="", max_examples=5)
    with store.world(*ddl) as world:
        results = [
            run_unit(world, unit, config, seed=1)
            for unit in units(store, "products", "check", "range", "length")
        ]
    concluded = conclude(config, store.context, 1, 0.0, results)
    verdicts = {rule.id: rule.verdict for rule in concluded.constraints}
    assert verdicts["products.check(stock_range)"] is ConstraintVerdict.FAILED
    assert verdicts["products.rank.range(smallint)"] is ConstraintVerdict.FAILED
    assert verdicts["products.check(lowest_first)"] is ConstraintVerdict.PROVED
    assert verdicts["products.label.length(12)"] is ConstraintVerdict.PROVED
    assert verdicts["products.supplier_id->suppliers"] is ConstraintVerdict.UNTESTED
    untested = {rule.id: rule.reason for rule in concluded.constraints}
    assert untested["products.supplier_id->suppliers"] == "no selected check is about it"
    assert {rule.table for rule in concluded.constraints} == {"products"}
    assert {failure.subject for failure in concluded.failures} == {
        rule for rule, verdict in verdicts.items() if verdict is ConstraintVerdict.FAILED
    }


@pytest.mark.parametrize(
    ("mode", "accepted", "refused"), [(Mode.POSITIVE, True, False), (Mode.NEGATIVE, False, True)]
)
def test_mode_chooses_the_cases(store: Target, mode: Mode, accepted: bool, refused: bool) -> None:
    """Edges that fit are positive, a step beyond is negative and needs a row that was taken."""
    with store.world() as world:
        seen = result(replace(world, mode=mode), store, "products", "length").evidence
    (evidence,) = seen.values()
    assert bool(evidence.refused) is refused
    assert bool(evidence.accepted) is (accepted or refused)
