"""What has to be read and built before the first case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import sqlalchemy as sa

from ormthesis.config.settings import Config
from ormthesis.core.errors import SchemaError
from ormthesis.core.text import shorten
from ormthesis.engine.prepare import Prepare
from ormthesis.generation.factories import FactorySource, load_factories
from ormthesis.generation.fill import GraphStrategies
from ormthesis.generation.narrowing import read_narrowing
from ormthesis.generation.testable import with_untestable
from ormthesis.invariants.base import Context, FactoryValues
from ormthesis.persistence.reflection import reflect
from ormthesis.rules.book import compile_rules
from ormthesis.schema import Models, import_module, import_target, load_models
from ormthesis.schema.constraints import Exclusion
from ormthesis.schema.creatable import require_creatable
from ormthesis.schema.model import Table
from ormthesis.schema.types import TypeKind

Factories = Mapping[str, FactorySource]
"""Model name to the source of its rows."""


def open_target(config: Config) -> Models:
    """The models that the configured TARGET names, or the tables of a live database.

    The configured hooks are imported, too. Raises TargetError, SchemaError or, for a database,
    ServerError.
    """
    found = reflect(config.catalog) if config.catalog else import_target(config.target)
    import_hooks(config)
    return load_models(found, name=config.target)


def import_hooks(config: Config) -> None:
    """Import the module that registers invariants or types. Raises TargetError where that fails."""
    if config.hooks is not None:
        import_module(config.hooks)


def read_factories(module: str | None, models: Models) -> Factories:
    """The factories of a module; none without one. Raises TargetError or FactoryError."""
    return {} if module is None else load_factories(module, models)


def build_context(models: Models, factories: Factories) -> Context:
    """Rules compiled and strategies prepared.

    Tables that need a value of a type without a strategy are left out; the schema says why.
    """
    schema = with_untestable(models.schema)
    book = compile_rules(schema)
    values = {
        source.table: FactoryValues(
            name=source.factory.__name__, values=source.values(), unstable=source.unstable
        )
        for source in factories.values()
    }
    strategies = GraphStrategies(
        schema,
        book,
        factories={table: source.values for table, source in values.items()},
    )
    for table in schema.tables:
        if table.key not in schema.untestable:
            strategies.plan(table.key)
    return Context(
        schema=schema,
        book=book,
        strategies=strategies,
        factories=values,
        narrowing=read_narrowing(models, strategies),
    )


def creator(models: Models, prepare: Iterable[Prepare] = ()) -> Callable[[sa.Engine], None]:
    """The function that makes the schema in an empty database, and fills it.

    Raises SchemaError for declarations that PostgreSQL cannot create; the function does, with the
    server's own words, for the rest of them.
    """
    require_creatable(models.metadata)

    def build(engine: sa.Engine) -> None:
        try:
            with engine.begin() as connection:
                for name in sorted({table.schema or "" for table in models.schema.tables} - {""}):
                    connection.execute(sa.schema.CreateSchema(name, if_not_exists=True))
                _create_extensions(connection, models)
                models.metadata.create_all(connection)
                _keep_rows_in_order(connection)
                for step in prepare:
                    step(connection)
        except sa.exc.SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise SchemaError(
                f"PostgreSQL cannot create the tables of {models.name}: {shorten(str(cause), 300)}"
                f"{_statement(error)}",
                hint="Repair the declaration that the message names, then run again.",
            ) from error

    return build


def _create_extensions(connection: sa.Connection, models: Models) -> None:
    """Those that a column's type comes from. Raises SchemaError where the server lacks one."""
    wanted = models.schema.extensions
    available = set(connection.scalars(sa.text("SELECT name FROM pg_available_extensions")))
    for name, column in sorted(wanted.items()):
        if name not in available:
            raise SchemaError(
                f"{column} has the type {column.type.name} of the extension {name!r}, which this "
                "server does not have.",
                hint="Install it there, name another server with --url, or other binaries.",
            )
        _create_extension(connection, name)
    if "btree_gist" in available and any(map(_compares_scalars, models.schema.tables)):
        _create_extension(connection, "btree_gist")


def _create_extension(connection: sa.Connection, name: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(name)
    connection.execute(sa.text(f"CREATE EXTENSION IF NOT EXISTS {quoted}"))


def _compares_scalars(table: Table) -> bool:
    """Whether an exclusion constraint has a column that GiST alone knows no operators for."""
    return any(
        element.column is None or table.by_name[element.column].type.kind is not TypeKind.RANGE
        for rule in table.constraints_of(Exclusion)
        for element in rule.elements
    )


_WITHOUT_AUTOVACUUM = sa.text("""
SELECT format('ALTER TABLE %s SET (autovacuum_enabled = false)', oid::regclass)
FROM pg_class WHERE relkind = 'r' AND relowner = current_user::regrole
AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
""")


def _keep_rows_in_order(connection: sa.Connection) -> None:
    """Autovacuum off: space that it frees is filled first, so that rows written later may be
    found first, and what a delete does can depend on that."""
    for statement in connection.scalars(_WITHOUT_AUTOVACUUM).all():
        connection.execute(_ddl(statement))


def _ddl(statement: str) -> sa.DDL:
    """A statement as it is: a percent sign in a name means nothing."""
    return sa.DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # as in 2.x


def _statement(error: sa.exc.SQLAlchemyError) -> str:
    """What was refused: its first line names the table."""
    lines = str(getattr(error, "statement", None) or "").strip().splitlines()
    return f" (in {lines[0].rstrip(' (')})" if lines else ""
