"""One unit from its first case to its result."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from ormthesis.config.settings import Config, Phase
from ormthesis.core.text import plural
from ormthesis.engine.company import Company
from ormthesis.engine.confine import confined
from ormthesis.engine.plan import Unit
from ormthesis.engine.reproductions.reproduction import Reproduction
from ormthesis.engine.results import Evidence, UnitResult, UnitStatus
from ormthesis.engine.search import Search
from ormthesis.engine.world import World
from ormthesis.invariants.failure import Failure
from ormthesis.schema.constraints import Check


def run_unit(
    world: World,
    unit: Unit,
    config: Config,
    *,
    seed: int,
    saved: Sequence[Reproduction] = (),
    random_phase: Callable[[Company, int], None] = Company.random,
) -> UnitResult:
    """One unit alone. `random_phase` gets its company of one and the number of examples."""
    unit = confined(world, unit)
    if not unit.subjects:
        return finished(unit, None, (), 0.0)
    (result,) = run_together(
        world, (unit,), config, seed=seed, saved=saved, random_phase=random_phase
    )
    return result


def run_together(
    world: World,
    units: Sequence[Unit],
    config: Config,
    *,
    seed: int,
    saved: Sequence[Reproduction] = (),
    random_phase: Callable[[Company, int], None] = Company.random,
) -> Iterator[UnitResult]:
    """Explicit, boundary and random phase of a company, then unit by unit every distinct failure
    shrunk by itself. Each unit's seconds hold its share of the search."""
    started = time.monotonic()
    company = Company(world, units, seed=seed)
    if Phase.EXPLICIT in config.phases:
        for search in company.searches:
            search.replay(saved)
    if Phase.BOUNDARY in config.phases:
        company.boundary()
    if Phase.RANDOM in config.phases:
        random_phase(company, config.max_examples)
    share = (time.monotonic() - started) / len(units)
    for search in company.searches:
        started = time.monotonic()
        failures = tuple(search.shrunk())
        yield finished(search.unit, search, failures, share + time.monotonic() - started)


UNSEEN = "no case about it could be drawn and observed"


def finished(
    unit: Unit, search: Search | None, failures: tuple[Failure, ...], seconds: float
) -> UnitResult:
    """The unit's result; without a search it had nothing that could be tested."""
    evidence = {
        subject: Evidence(untested=reason, implied=subject in unit.implied)
        for subject, reason in unit.reasons.items()
    }
    if search is not None:
        why = next(iter(search.total.unobserved), UNSEEN)
        evidence.update(dict.fromkeys(unit.subjects, Evidence(untested=why)))
        evidence.update(search.total.evidence)
        for subject, sample in search.world.context.book.samples(unit.subjects):
            evidence[subject] += Evidence(note=str(sample))
    return UnitResult(
        model=unit.model,
        table=unit.table.key,
        invariant=unit.invariant.id,
        status=_status(unit, search, failures),
        reason="; ".join(sorted(_reasons(unit, search))),
        examples=search.examples if search else 0,
        probes=search.total.probes if search else 0,
        seconds=seconds,
        failures=failures,
        evidence=evidence,
        warnings=_warnings(unit, search),
    )


def _reasons(unit: Unit, search: Search | None) -> set[str]:
    """Why subjects are not tested, and why cases of a unit without evidence showed nothing."""
    found = set(unit.reasons.values())
    if search is not None and not search.total.evidence:
        found.add(next(iter(search.total.unobserved), UNSEEN))
    return found


def _status(unit: Unit, search: Search | None, failures: tuple[Failure, ...]) -> UnitStatus:
    if failures:
        return UnitStatus.FAILED
    if search is None:
        return UnitStatus.NOT_TESTED if unit.reasons else UnitStatus.NOT_APPLICABLE
    if not search.total.evidence:
        return UnitStatus.NOT_TESTED
    return UnitStatus.PASSED


def _warnings(unit: Unit, search: Search | None) -> tuple[str, ...]:
    # A key that is implied may still have actions, or be what another key refers to.
    checks = {rule.id for rule in unit.table.constraints_of(Check)}
    needless = tuple(
        f"{subject} can be dropped: it is {unit.reasons[subject]}."
        for subject in sorted(unit.implied & checks)
    )
    if search is None or not search.total.rejected_graphs:
        return needless
    count = plural(search.total.rejected_graphs, "drawn graph")
    return (
        *needless,
        f"{unit.id}: {count} of {search.examples} broke a declared rule and tested nothing; "
        "please report this with your models.",
    )
