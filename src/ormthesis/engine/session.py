"""Where a run takes place: a server, a private database, and the world in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from ormthesis.config.settings import Config, Mode, SchemaSource
from ormthesis.engine.prepare import preparations
from ormthesis.engine.setup import build_context, creator, open_target, read_factories
from ormthesis.engine.world import World
from ormthesis.invariants.base import Context
from ormthesis.persistence.labels import known_labels
from ormthesis.persistence.occupied import read_occupied
from ormthesis.persistence.provisioning.existing import open_existing
from ormthesis.persistence.provisioning.run import Database, Run, open_run
from ormthesis.persistence.provisioning.urls import parse_server_url
from ormthesis.persistence.sampling import sample_checks
from ormthesis.persistence.sandbox import Sandbox
from ormthesis.schema.model import Schema
from ormthesis.schema.models import Models


def read_declarations(config: Config, models: Models | None = None) -> tuple[Models, Context]:
    """Models and context of the configured target, with its factories."""
    models = models or open_target(config)
    return models, build_context(models, read_factories(config.factories, models))


def open_server(config: Config) -> Run:
    """The server that the configuration names, else the embedded one."""
    url = parse_server_url(config.url) if config.url else None
    return open_run(url, binaries=config.binaries)


@contextmanager
def open_world(
    models: Models, context: Context, database: Database, *, mode: Mode = Mode.ALL
) -> Iterator[World]:
    """Observe in this database, which holds the schema."""
    # A rollback drops psycopg's prepared statements: whoever has few of them prepares its own.
    engine = database.engine(poolclass=NullPool, connect_args={"prepare_threshold": None})
    try:
        with engine.connect() as connection:
            context = replace(context, known_labels=known_labels(connection, models.schema))
            occupied = read_occupied(connection, models)
            if occupied.tables:
                models = replace(models, schema=replace(models.schema, occupied=occupied))
                context = _beside(context, models.schema)
            context = _sampled(context, connection, models)
        with Sandbox(models, engine, owned=database.owned) as sandbox:
            yield World(
                models=models,
                context=context,
                oracle=context.oracle,
                sandbox=sandbox,
                mode=mode,
                committed=database.owned,
            )
    finally:
        engine.dispose()


def _beside(context: Context, schema: Schema) -> Context:
    """The context for a database that holds rows already."""
    strategies = context.strategies.beside(schema)
    narrowing = replace(context.narrowing, schema=schema)
    return replace(context, schema=schema, strategies=strategies, narrowing=narrowing)


def _sampled(context: Context, connection: sa.Connection, models: Models) -> Context:
    """The context with a sample of each opaque CHECK."""
    book = sample_checks(connection, models, context.strategies)
    if book is context.book:
        return context
    return replace(
        context,
        book=book,
        strategies=context.strategies.with_rules(book),
        narrowing=replace(context.narrowing, book=book),
    )


@contextmanager
def private_world(config: Config, models: Models, context: Context) -> Iterator[tuple[World, str]]:
    """A world in the database under test, and the server's description."""
    with (
        _database(config, models) as database,
        open_world(models, context, database, mode=config.mode) as world,
    ):
        yield world, describe(database, embedded=config.url is None)


@contextmanager
def _database(config: Config, models: Models) -> Iterator[Database]:
    """The database under test: a private one, or one that exists."""
    if config.schema is SchemaSource.EXISTING:
        assert config.url is not None  # checked with the other settings
        yield open_existing(config.url)
        return
    build = creator(models, preparations(config))
    with open_server(config) as run:
        yield run.clone(run.create_template(build))


def describe(database: Database, *, embedded: bool) -> str:
    """`PostgreSQL 18.6, embedded`, or the server's address without a password."""
    engine = database.engine(poolclass=NullPool)
    try:
        with engine.connect() as connection:
            version = connection.execute(sa.text("SHOW server_version")).scalar()
    finally:
        engine.dispose()
    number = str(version).split()[0]
    place = "embedded" if embedded else database.url.set(database=None).render_as_string()
    return f"PostgreSQL {number}, {place}"
