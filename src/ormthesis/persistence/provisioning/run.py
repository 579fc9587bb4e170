"""A run: its id, its lock, and the databases that live as long as it does."""

from __future__ import annotations

import os
import warnings
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import psycopg
from sqlalchemy import create_engine

from ormthesis.core.errors import OptionError, ServerError
from ormthesis.persistence.provisioning.connect import connect, require_rights
from ormthesis.persistence.provisioning.databases import DatabaseServer
from ormthesis.persistence.provisioning.ledger import Ledger
from ormthesis.persistence.provisioning.locks import hold_run_lock
from ormthesis.persistence.provisioning.names import DEFAULT_BASE, database_name, new_run_id
from ormthesis.persistence.provisioning.signals import unwind_on_sigterm
from ormthesis.persistence.provisioning.urls import MAINTENANCE_DATABASE, parse_server_url, shown
from ormthesis.persistence.server.embedded import start_embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from sqlalchemy.engine import URL, Engine

    from ormthesis.persistence.provisioning.databases import Outcomes

HANDLE_KEYS = frozenset({"server_url", "embedded", "run", "base_name", "template"})


class LeftOverWarning(UserWarning):
    """A database of a run could not be dropped. The next run tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A sealed database that holds the built schema and that clones are copied from."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database of a run, ours alone to write to and to drop.

    Or, where it is not `owned`, somebody's in which nothing may be committed.
    """

    url: URL
    name: str
    owned: bool = True
    _server: DatabaseServer = field(repr=False, compare=False)

    def engine(self, **options: Any) -> Engine:
        """A new SQLAlchemy engine; `options` are those of `create_engine`."""
        return create_engine(self.url, **options)

    def drop(self) -> None:
        """Drop it, whoever is connected. Nothing happens when it is gone or no longer ours."""
        self._server.drop(self.name)


class Run:
    """Databases on one server that share an id and an end. A context manager.

    Made by `open_run` and, in a worker process, by `attach_run`. `id` is unique and short; `owned`
    says that everything in its databases may be committed; `left_overs` tells what was found of
    runs that are over. A forked child cannot close the run of its parent.
    """

    owned: bool = True

    def __init__(
        self,
        *,
        run_id: str,
        base_name: str,
        server: DatabaseServer,
        embedded: bool,
        resources: ExitStack,
        attached: bool,
        template: Template | None = None,
        left_overs: Outcomes | None = None,
    ) -> None:
        self.id = run_id
        self.base_name = base_name
        self.template = template
        self.left_overs = left_overs or {}
        self._server = server
        self._embedded = embedded
        self._attached = attached
        self._resources = resources
        self._process = os.getpid()
        self._created: list[str] = []
        self._templates = 0

    @property
    def server_url(self) -> URL:
        """The database that we are connected to, and never change."""
        return self._server.url

    def create_database(self, worker: str = "0") -> Database:
        """A new, empty database. Raises ServerError when the server refuses."""
        return self._create(worker, template=None)

    def create_template(self, build: Callable[[Engine], None]) -> Template:
        """Let `build` make the schema in a new database, then close that to all connections.

        When it raises, the database is dropped and the exception goes on.
        """
        self._templates += 1
        number = "" if self._templates == 1 else str(self._templates)
        database = self._create(f"template{number}", template=None)
        engine = database.engine()
        try:
            build(engine)
        except BaseException:
            engine.dispose()
            database.drop()
            raise
        engine.dispose()
        self._server.seal(database.name)
        self.template = Template(name=database.name)
        return self.template

    def clone(self, template: Template, worker: str = "0") -> Database:
        """A new database with the template's schema. Raises ServerError when the server refuses."""
        return self._create(worker, template=template.name)

    def handle(self) -> dict[str, str]:
        """What `attach_run` needs in another process, as JSON-able text. Holds the password."""
        return {
            "server_url": self.server_url.render_as_string(hide_password=False),
            "embedded": "yes" if self._embedded else "",
            "run": self.id,
            "base_name": self.base_name,
            "template": self.template.name if self.template else "",
        }

    def close(self) -> None:
        """Drop the databases, then end the lock and the embedded server. Again: does nothing.

        An attached run drops what it created itself; the run that it is attached to drops the rest.
        Warns with LeftOverWarning when something could not be dropped.
        """
        if os.getpid() != self._process:
            return
        with self._resources.pop_all():
            if not self._server.connection.closed:
                self._drop_databases()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _create(self, worker: str, *, template: str | None) -> Database:
        name = database_name(self.base_name, self.id, worker)
        self._server.create(name, self.id, template)
        self._created.append(name)
        return Database(url=self.server_url.set(database=name), name=name, _server=self._server)

    def _drop_databases(self) -> None:
        if self._embedded and not self._attached:
            return  # the whole server goes
        try:
            if self._attached:
                for name in self._created:
                    self._server.drop(name)
                return
            kept = {n: why for n, why in self._server.drop_run(self.id).items() if why}
        except (psycopg.OperationalError, ServerError) as error:
            kept = {f"{self.base_name}_{self.id}_*": str(error)}
        for name, reason in kept.items():
            warnings.warn(
                f"The database {name} could not be dropped: {reason}. The next run tries again.",
                LeftOverWarning,
                stacklevel=4,
            )


def open_run(
    url: URL | None = None, *, base_name: str | None = None, binaries: str | None = None
) -> Run:
    """Connect to the server that `url` names, or start one, and drop what dead runs left there.

    The URL's database is connected to and gives the base name, unless `base_name` does; it is never
    changed. `binaries` chooses those of the embedded server, as in `start_embedded`. Until the run
    is closed, SIGTERM raises `Terminated`. Raises ServerError when there is no server, no access,
    or not the right to create databases.
    """
    if url is not None and binaries is not None:
        raise OptionError(
            f"binaries={binaries!r} chooses an embedded server, and {shown(url)} names another.",
            hint="Leave one of the two out.",
        )
    with ExitStack() as resources:
        resources.enter_context(unwind_on_sigterm())
        embedded = url is None
        if url is None:
            url = resources.enter_context(start_embedded(binaries)).url
            base_name = base_name or DEFAULT_BASE
        elif url.database is None:
            url = url.set(database=MAINTENANCE_DATABASE)
            base_name = base_name or DEFAULT_BASE
        server = _connect(url, embedded=embedded, resources=resources)
        require_rights(server.connection, url)
        run = new_run_id()
        while not hold_run_lock(server.connection, run):
            run = new_run_id()
        return Run(
            run_id=run,
            base_name=base_name or url.database or DEFAULT_BASE,
            server=server,
            embedded=embedded,
            left_overs={} if embedded else server.drop_left_overs(),
            attached=False,
            resources=resources.pop_all(),
        )


def attach_run(handle: Mapping[str, str]) -> Run:
    """Join another process's run by its `handle`, to make databases of one's own in it.

    Its template is `template`. Raises ServerError when the server is gone.
    """
    if handle.keys() != HANDLE_KEYS:
        raise OptionError(
            f"The handle of a run has the keys {', '.join(sorted(HANDLE_KEYS))}; "
            f"this one has {', '.join(sorted(handle)) or 'none'}.",
            hint="Pass on what Run.handle() returned, unchanged.",
        )
    embedded = bool(handle["embedded"])
    with ExitStack() as resources:
        server = _connect(
            parse_server_url(handle["server_url"]), embedded=embedded, resources=resources
        )
        return Run(
            run_id=handle["run"],
            base_name=handle["base_name"],
            server=server,
            embedded=embedded,
            template=Template(name=handle["template"]) if handle["template"] else None,
            attached=True,
            resources=resources.pop_all(),
        )


def _connect(url: URL, *, embedded: bool, resources: ExitStack) -> DatabaseServer:
    connection = connect(url)
    resources.callback(connection.close)
    return DatabaseServer(url, connection, None if embedded else Ledger())
