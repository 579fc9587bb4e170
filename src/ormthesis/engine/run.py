"""A run: from a configuration to a stream of events."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

from ormthesis.config.settings import Config
from ormthesis.core.errors import ReproductionError
from ormthesis.core.long_lived import long_lived
from ormthesis.engine.baseline import load_baseline
from ormthesis.engine.company import companies
from ormthesis.engine.conclude import conclude, distinct
from ormthesis.engine.confine import confined
from ormthesis.engine.events import (
    Event,
    FailureFound,
    RunFinished,
    RunStarted,
    UnitFinished,
    UnitStarted,
    WarningRaised,
)
from ormthesis.engine.notes import declaration_notes
from ormthesis.engine.plan import Unit, plan
from ormthesis.engine.reproductions.reproduction import Reproduction
from ormthesis.engine.reproductions.store import ReproductionStore
from ormthesis.engine.results import UnitResult
from ormthesis.engine.session import private_world, read_declarations
from ormthesis.engine.unit import finished, run_together
from ormthesis.engine.world import World
from ormthesis.schema.claims import claims_of
from ormthesis.schema.models import Models


def run(config: Config, models: Models | None = None) -> Iterator[Event]:
    """Test the target; closing the generator cleans up.

    Saved reproductions are replayed first; each failure found is saved. Raises OrmthesisError for
    whatever keeps the run from testing.
    """
    started = time.monotonic()
    models, context = read_declarations(config, models)
    if config.baseline:
        load_baseline(config.baseline)  # a damaged file is reported before an hour of testing
    seed = config.seed if config.seed is not None else random.randrange(2**32)
    units = plan(context, config, claims_of(models).values())
    store = ReproductionStore(config.reproductions)
    saved, warnings = load_saved(store, models, config)
    warnings += declaration_notes(context)
    results: list[UnitResult] = []
    with private_world(config, models, context) as (world, server), long_lived():
        yield RunStarted(
            target=config.target,
            seed=seed,
            units=tuple((unit.model, unit.invariant.id) for unit in units),
            database=server,
        )
        for warning in warnings:
            yield WarningRaised(message=warning)
        for event in _run_units(world, units, config, seed, saved):
            yield event
            if isinstance(event, UnitFinished):
                results.append(event.result)
                for warning in event.result.warnings:
                    yield WarningRaised(message=warning)
        result = conclude(config, context, seed, time.monotonic() - started, results, warnings)
    for failure in distinct(failure for found in results for failure in found.failures):
        try:
            store.save(failure, config.target)
        except ReproductionError as error:
            yield WarningRaised(message=str(error))
    if result.failures and (ignored := store.git_warning()):
        yield WarningRaised(message=ignored)
    yield RunFinished(result=result)


def load_saved(
    store: ReproductionStore, models: Models, config: Config
) -> tuple[list[Reproduction], list[str]]:
    """The reproductions of this target, and a warning for each file that cannot be used."""
    saved: list[Reproduction] = []
    warnings: list[str] = []
    for found in store.all(models.schema, target=config.target):
        if isinstance(found, ReproductionError):
            warnings.append(str(found))
        else:
            saved.append(found)
    return saved, warnings


def _run_units(
    world: World, units: Sequence[Unit], config: Config, seed: int, saved: Sequence[Reproduction]
) -> Iterator[Event]:
    seen: set[str] = set()
    units = [confined(world, unit) for unit in units]
    results = {
        unit.id: found
        for company in companies(units)
        for found in [run_together(world, company, config, seed=seed, saved=saved)]
        for unit in company
    }
    for unit in units:
        yield UnitStarted(model=unit.model, invariant=unit.invariant.id)
        # A company is searched when the first of its units is due; they are due in its order.
        result = next(results[unit.id]) if unit.subjects else finished(unit, None, (), 0.0)
        for failure in result.failures:
            if failure.fingerprint not in seen:
                seen.add(failure.fingerprint)
                yield FailureFound(failure=failure)
        yield UnitFinished(result=result)
