"""One database run for all workers of pytest-xdist, opened by their controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ormthesis.config import SchemaSource
from ormthesis.core.errors import OrmthesisError
from ormthesis.pytest_plugin.model_tests import configured_tests
from ormthesis.pytest_plugin.options import seed_of
from ormthesis.pytest_plugin.place import SHARED, current_place, server_key

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Run

_SHARED = pytest.StashKey[dict[str, Any]]()


def share(node: Any) -> None:
    """Give a worker what it needs to join; the run is opened with the first one.

    Raises pytest.UsageError where the target cannot be used or the server not be reached.
    """
    stash = node.config.stash
    if _SHARED not in stash:
        try:
            stash[_SHARED] = _opened()
        except OrmthesisError as error:
            raise pytest.UsageError(str(error)) from error
    node.workerinput[SHARED] = stash[_SHARED]


def _opened() -> dict[str, Any]:
    tests = configured_tests()
    if tests.config.schema is SchemaSource.EXISTING:
        return {"seed": seed_of(tests.config)}
    run: Run = current_place().run(tests.config)
    run.create_template(tests.build())
    return {
        "handle": run.handle(),
        "server": list(server_key(tests.config)),
        "target": tests.config.target,
        "seed": seed_of(tests.config),
    }
