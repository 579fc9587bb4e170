"""One unit from its first case to its result."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ormthesis.config.settings import Config, Phase
from ormthesis.core.text import plural
from ormthesis.engine.plan import Unit
from ormthesis.engine.property import Search
from ormthesis.engine.reproductions.reproduction import Reproduction
from ormthesis.engine.results import Evidence, UnitResult, UnitStatus
from ormthesis.engine.world import World
from ormthesis.invariants.failure import Failure


def run_unit(
    world: World,
    unit: Unit,
    config: Config,
    *,
    seed: int,
    saved: Sequence[Reproduction] = (),
    random_phase: Callable[[Search, int], None] = Search.random,
) -> UnitResult:
    """Explicit, boundary and random phase, then every distinct failure shrunk by itself.

    `random_phase` gets the search and the number of examples.
    """
    started = time.monotonic()
    if not unit.subjects:
        return finished(unit, None, (), started)
    search = Search(world, unit, seed=seed)
    if Phase.EXPLICIT in config.phases:
        search.replay(saved)
    if Phase.BOUNDARY in config.phases:
        search.boundary()
    if Phase.RANDOM in config.phases:
        random_phase(search, config.max_examples)
    return finished(unit, search, tuple(search.shrunk()), started)


def finished(
    unit: Unit, search: Search | None, failures: tuple[Failure, ...], started: float
) -> UnitResult:
    """The unit's result; without a search it had nothing that could be tested."""
    untested = {subject: Evidence(untested=reason) for subject, reason in unit.reasons.items()}
    seen = search.total.evidence if search else {}
    return UnitResult(
        model=unit.model,
        table=unit.table.key,
        invariant=unit.invariant.id,
        status=_status(unit, search, failures),
        reason="; ".join(sorted(set(unit.reasons.values()))),
        examples=search.examples if search else 0,
        probes=search.total.probes if search else 0,
        seconds=time.monotonic() - started,
        failures=failures,
        evidence={**untested, **seen},
        warnings=_warnings(unit, search),
    )


def _status(unit: Unit, search: Search | None, failures: tuple[Failure, ...]) -> UnitStatus:
    if failures:
        return UnitStatus.FAILED
    if search is None:
        return UnitStatus.NOT_TESTED if unit.reasons else UnitStatus.NOT_APPLICABLE
    if not search.total.evidence:
        return UnitStatus.NOT_TESTED
    return UnitStatus.PASSED


def _warnings(unit: Unit, search: Search | None) -> tuple[str, ...]:
    if search is None or not search.total.rejected_graphs:
        return ()
    count = plural(search.total.rejected_graphs, "drawn graph")
    return (
        f"{unit.id}: {count} of {search.examples} broke a declared rule and tested nothing; "
        "please report this with your models.",
    )
