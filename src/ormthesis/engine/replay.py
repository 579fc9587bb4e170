"""Replay: run saved reproductions again and say what has become of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from ormthesis.config.settings import Config, Mode
from ormthesis.core.errors import OptionError, OrmthesisError, ReproductionError
from ormthesis.engine.reproductions.reproduction import Reproduction
from ormthesis.engine.reproductions.store import ReproductionStore
from ormthesis.engine.session import private_world, read_declarations
from ormthesis.engine.world import World
from ormthesis.invariants.base import Invariant
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.registry import builtin
from ormthesis.invariants.user import user_invariants
from ormthesis.schema.claims import claims_of
from ormthesis.schema.models import Models


class ReplayStatus(str, Enum):
    FIXED = "FIXED"  # the case now does what is predicted
    FAILED = "FAILED"  # the same failure occurs
    ERROR = "ERROR"  # it could not be run


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    id: str
    status: ReplayStatus
    title: str
    message: str = ""
    failure: Failure | None = None


def replay(config: Config, ids: Sequence[str] = ()) -> Iterator[Replayed]:
    """Run the reproductions with these ids, or all of the target's.

    Raises OrmthesisError where nothing can be run at all; a single reproduction that cannot is
    an ERROR of its own.
    """
    models, context = read_declarations(config)
    store = ReproductionStore(config.reproductions)
    chosen = list(_chosen(store, models, config, ids))
    if not any(isinstance(found, Reproduction) for _, found in chosen):
        yield from (_error(name, found) for name, found in chosen if not _usable(found))
        return
    known = {**builtin(), **user_invariants(claims_of(models).values())}
    with private_world(replace(config, mode=Mode.ALL), models, context) as (world, _):
        for name, found in chosen:
            if isinstance(found, Reproduction):
                yield _replayed(world, known, found)
            else:
                yield _error(name, found)


Found = Reproduction | OrmthesisError


def _chosen(
    store: ReproductionStore, models: Models, config: Config, ids: Sequence[str]
) -> Iterator[tuple[str, Found]]:
    if not ids:
        for found in store.all(models.schema, target=config.target):
            yield (found.id if isinstance(found, Reproduction) else "?", found)
    for name in ids:
        try:
            yield name, store.load(name, models.schema)
        except ReproductionError as error:
            yield name, error


def _usable(found: Found) -> bool:
    return isinstance(found, Reproduction)


def _error(name: str, found: Found) -> Replayed:
    return Replayed(
        id=name, status=ReplayStatus.ERROR, title="cannot be replayed", message=str(found)
    )


def _replayed(world: World, known: Mapping[str, Invariant], saved: Reproduction) -> Replayed:
    invariant = known.get(saved.invariant)
    table = world.context.schema.by_key.get(saved.table)
    if invariant is None or table is None:
        reason = f"There is no check {saved.invariant!r} or no table {saved.table!r} any more."
        return Replayed(id=saved.id, status=ReplayStatus.ERROR, title=saved.title, message=reason)
    try:
        failures = world.recheck(invariant, table, saved.case)
    except OptionError as error:  # a user's invariant that gives no answer
        return _error(saved.id, error)
    for failure in failures:
        if failure.fingerprint == saved.fingerprint:
            return Replayed(
                id=saved.id, status=ReplayStatus.FAILED, title=saved.title, failure=failure
            )
    return Replayed(id=saved.id, status=ReplayStatus.FIXED, title=saved.title)
