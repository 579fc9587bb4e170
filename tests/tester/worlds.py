"""Databases that keep other rules than the models declare, and what the engine finds in them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.pool import NullPool

from ormthesis.config.settings import Config
from ormthesis.engine.company import Company
from ormthesis.engine.plan import Unit, plan
from ormthesis.engine.search import Search
from ormthesis.engine.session import open_world
from ormthesis.engine.setup import build_context, creator
from ormthesis.engine.unit import run_unit
from ormthesis.generation.factories import load_factories
from ormthesis.invariants.registry import builtin
from ormthesis.schema import load_models
from ormthesis.schema.claims import claims_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ormthesis.engine.world import World
    from ormthesis.invariants.base import Context
    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database
    from ormthesis.schema import Models

SEED = 1


@dataclass(frozen=True, kw_only=True)
class Target:
    """Models, and a database in which their schema is made anew for every world."""

    models: Models
    context: Context
    database: Database

    @contextmanager
    def world(self, *ddl: str) -> Iterator[World]:
        """The declared schema, changed by these statements after all tables were made."""
        engine = self.database.engine(poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        creator(self.models)(engine)
        with engine.begin() as connection:
            for statement in ddl:
                connection.exec_driver_sql(statement)
        with open_world(self.models, self.context, self.database) as world:
            yield world


def make_target(database: Database, base: object, factories: Sequence[type] = ()) -> Target:
    """Load the models and prepare what to draw from them once."""
    models = load_models(base)
    sources = load_factories(factories, models) if factories else {}
    return Target(models=models, context=build_context(models, sources), database=database)


@contextmanager
def steady_world(target: Target) -> Iterator[World]:
    """A world whose keys' triggers fire in the order of the keys' creation.

    Triggers fire in the order of their names, which end in an OID compared as text. OIDs cross
    from one length to the next at most once in two attempts.
    """
    for _ in range(2):
        with target.world() as world:
            if len(_oid_lengths(target.database)) == 1:
                yield world
                return
    raise AssertionError("trigger OIDs of several lengths, twice")


def _oid_lengths(database: Database) -> set[int]:
    engine = database.engine()
    try:
        with engine.connect() as connection:
            query = "SELECT length(oid::text) FROM pg_trigger WHERE tgisinternal"
            return set(connection.scalars(text(query)))
    finally:
        engine.dispose()


def units(target: Target, table: str, *checks: str, but: Sequence[str] = ()) -> tuple[Unit, ...]:
    """The units of one table's model, of all invariants or of some."""
    model = target.context.schema.name_of(table)
    config = Config(target="", include_models=(model,), checks=checks, exclude_checks=tuple(but))
    return plan(target.context, config, claims_of(target.models).values())


def search(world: World, unit: Unit, *, max_examples: int = 4, seed: int = SEED) -> Search:
    """Look for failures with few examples and without shrinking them."""
    company = Company(world, (unit,), seed=seed)
    if unit.subjects:
        company.boundary()
        company.random(max_examples)
    return company.searches[0]


def sweep(world: World, target_units: Sequence[Unit], *, max_examples: int = 4) -> list[Failure]:
    """The distinct failures of some units, as they were first seen."""
    found: dict[str, Failure] = {}
    for unit in target_units:
        for failure, _ in search(world, unit, max_examples=max_examples).found.values():
            found.setdefault(failure.fingerprint, failure)
    return list(found.values())


def passes(world: World, failures: Sequence[Failure]) -> bool:
    """Whether all of these failing cases pass in this world."""
    return not any(
        world.recheck(
            builtin()[failure.invariant],
            world.context.schema.by_key[failure.table],
            failure.case,
        )
        for failure in failures
    )


def shrunk(world: World, unit: Unit, *, max_examples: int = 40, seed: int = SEED) -> list[Failure]:
    """The failures of one unit with their minimal cases, as a run reports them."""
    config = Config(target="", max_examples=max_examples)
    return list(run_unit(world, unit, config, seed=seed).failures)
