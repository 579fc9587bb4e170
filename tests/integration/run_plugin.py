"""One database run for a whole pytest session, shared by the workers of pytest-xdist.

A plugin and no conftest.py of this folder, because the controller of pytest-xdist collects no
tests and so never imports that file.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ormthesis.demo.headspace import Base
from ormthesis.persistence.provisioning.run import Run, attach_run, open_run
from tests.integration.database_url import database_url

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE_NAME = "claude_headspace_test"
HANDLE = "headspace_run"
CONTROLLER_RUN = pytest.StashKey[Run]()


@contextmanager
def headspace_run(config: pytest.Config) -> Iterator[Run]:
    """A run whose template holds all tables; what killed runs left behind is dropped first."""
    with open_run(database_url(config.rootpath), base_name=BASE_NAME) as run:
        run.create_template(Base.metadata.create_all)
        yield run


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the controller's run, opened with the first worker, to each worker."""
    config = node.config
    if CONTROLLER_RUN not in config.stash:
        stack = ExitStack()
        config.stash[CONTROLLER_RUN] = stack.enter_context(headspace_run(config))
        config.add_cleanup(stack.close)
    node.workerinput[HANDLE] = config.stash[CONTROLLER_RUN].handle()


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """This process's part in the run: the whole of it, or under pytest-xdist a worker's."""
    handle = getattr(request.config, "workerinput", {}).get(HANDLE)
    with attach_run(handle) if handle else headspace_run(request.config) as run:
        yield run
