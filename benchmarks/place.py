"""Where benchmarks run: the demo's tables in databases of one server, ours to throw away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from ormthesis.config.settings import Config
from ormthesis.core.long_lived import long_lived
from ormthesis.engine.plan import Unit, plan
from ormthesis.engine.session import open_server, open_world, read_declarations
from ormthesis.engine.setup import creator
from ormthesis.engine.world import World
from ormthesis.invariants.base import Context
from ormthesis.persistence.provisioning.run import Database, Run, Template
from ormthesis.schema.models import Models

TARGET = "ormthesis.demo.headspace:Base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A server with a template of the demo's tables."""

    config: Config
    models: Models
    context: Context
    run: Run
    template: Template
    _numbers: Iterator[int] = field(default_factory=count)

    def database(self) -> Database:
        """A new database with the tables."""
        return self.run.clone(self.template, f"bench{next(self._numbers)}")

    def empty_database(self) -> Database:
        return self.run.create_database(f"bench{next(self._numbers)}")

    @contextmanager
    def world(self, *ddl: str) -> Iterator[World]:
        """The engine's world in a new database, in which these statements were run first."""
        database = self.database()
        with database.engine().begin() as connection:
            for statement in ddl:
                connection.exec_driver_sql(statement)
        with open_world(self.models, self.context, database) as world:
            yield world
        database.drop()

    def units(self, world: World) -> tuple[Unit, ...]:
        return plan(world.context, self.config)


@contextmanager
def open_place(url: str | None) -> Iterator[Place]:
    """On the server that the URL names, else on an embedded one."""
    config = Config(target=TARGET, url=url)
    models, context = read_declarations(config)
    with open_server(config) as run, long_lived():
        template = run.create_template(creator(models))
        yield Place(config=config, models=models, context=context, run=run, template=template)
