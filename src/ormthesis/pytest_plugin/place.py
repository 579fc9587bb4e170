"""Where the tests of one process run: resources opened once, closed together at the end."""

from __future__ import annotations

import atexit
import warnings
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.pool import NullPool

import _ormthesis_pytest as plugin
from ormthesis.core.errors import OrmthesisError
from ormthesis.core.long_lived import long_lived
from ormthesis.engine.session import open_server
from ormthesis.persistence.provisioning.run import attach_run

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from contextlib import AbstractContextManager

    import pytest
    import sqlalchemy as sa

    from ormthesis.config import Config
    from ormthesis.persistence.provisioning.run import Database, Run

T = TypeVar("T")

SHARED = "ormthesis"
"""Key in a worker's input of what the controller of pytest-xdist hands over."""


class Place:
    """Runs, databases and connections of this process, each made when it is first asked for.

    `worker` tells the databases of several processes apart; `shared` is what the controller of
    pytest-xdist handed over: the run that it opened, and for which server and target.
    """

    def __init__(self, *, worker: str = "0", shared: Mapping[str, Any] | None = None) -> None:
        self.worker = worker
        self.shared = shared or {}
        self.seen: dict[str, str] = {}
        """Fingerprints of the failures that were shown, and by which test."""
        self._stack = ExitStack()
        self._held: dict[Hashable, Any] = {}
        self._databases = 0

    def hold(self, key: Hashable, make: Callable[[], AbstractContextManager[T]]) -> T:
        """What `make` gives, entered once and kept until the end.

        An OrmthesisError is kept as well: what cannot be opened is not tried for every test.
        """
        if key not in self._held:
            try:
                self._held[key] = self._stack.enter_context(make())
            except OrmthesisError as error:
                self._held[key] = error
        found = self._held[key]
        if isinstance(found, OrmthesisError):
            raise found.with_traceback(None)  # else it grows with every test
        kept: T = found
        return kept

    def run(self, config: Config) -> Run:
        """This process's part in a run on the server that is configured."""
        self.hold("objects", long_lived)
        key = server_key(config)
        if "server" in self.shared and tuple(self.shared["server"]) == key:
            return self.hold(("run", key), lambda: attach_run(self.shared["handle"]))
        return self.hold(("run", key), lambda: open_server(config))

    def database(self, config: Config, build: Callable[[sa.Engine], None]) -> Database:
        """A new database that `build` fills, dropped when the run ends."""
        run = self.run(config)
        name = f"{self.worker}x{self._databases}" if self._databases else self.worker
        self._databases += 1
        if run.template is not None and self.shared.get("target") == config.target:
            return run.clone(run.template, name)
        database = run.create_database(name)
        with connected(database, poolclass=NullPool) as engine:
            build(engine)
        return database

    def close(self) -> None:
        """Warnings stay warnings: raised as errors here, they would keep the rest from closing."""
        self._held.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            self._stack.close()


@contextmanager
def connected(database: Database, **options: Any) -> Iterator[sa.Engine]:
    """An engine for a database, disposed of at the end of the block."""
    engine = database.engine(**options)
    try:
        yield engine
    finally:
        engine.dispose()


def server_key(config: Config) -> tuple[str, str]:
    """Equal for configurations that mean one server."""
    return config.url or "", config.binaries or ""


def current_place() -> Place:
    """The running pytest session's place; outside pytest one that lasts as long as the process."""
    if not plugin.active:
        return _outside_pytest()
    config = plugin.active[-1]
    if plugin.PLACE not in config.stash:
        config.stash[plugin.PLACE] = _of_session(config)
    return config.stash[plugin.PLACE]


def _of_session(config: pytest.Config) -> Place:
    given: Mapping[str, Any] = getattr(config, "workerinput", {})
    return Place(worker=given.get("workerid", "0"), shared=given.get(SHARED))


@cache
def _outside_pytest() -> Place:
    place = Place()
    atexit.register(place.close)
    return place
