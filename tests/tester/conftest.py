"""One database per target and worker; each test makes its schema anew in it.

The engine is imported by the fixtures and not here: importing it reads Hypothesis's tables of
characters, which Hypothesis asks not to do while pytest loads its first conftest.py files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Run
    from tests.tester.worlds import Target


@pytest.fixture(scope="session")
def store(run: Run) -> Target:
    from tests.tester.store import Base
    from tests.tester.worlds import make_target

    return make_target(run, Base, "store")


@pytest.fixture(scope="session")
def headspace(run: Run) -> Target:
    from ormthesis.demo.headspace import Base
    from tests.tester.worlds import make_target

    return make_target(run, Base, "headspace")
