"""A miniature project in a folder of its own, and pytest over it, in this process or apart.

Ormthesis is imported in the fixtures: importing strategies in a conftest makes Hypothesis warn.
"""

from __future__ import annotations

import os
import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from tests.unit.pytest_plugin.projects import PYPROJECT, shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.pytester import RunResult

VARIABLES = ("ORMTHESIS_URL", "TEST_DATABASE_URL")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """One server for all inner sessions: the one that is configured, else an embedded one."""
    from ormthesis.persistence.provisioning.run import open_run

    named = next((os.environ[name] for name in VARIABLES if os.environ.get(name)), None)
    if named:
        yield named
        return
    with open_run() as run:
        yield run.server_url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def _everything_imported() -> None:
    """`pytester` forgets what an inner session imports; a module loaded twice has two classes."""
    import ormthesis

    for module in pkgutil.walk_packages(ormthesis.__path__, "ormthesis."):
        import_module(module.name)
    import_module("sqlglot.dialects.postgres")


class Project:
    """A folder with models, settings and tests."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.write("pyproject.toml", PYPROJECT)
        self.write("shop.py", shop())

    def write(self, name: str, text: str) -> None:
        (self.pytester.path / name).write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> RunResult:
        """pytest within this process: fast."""
        # Without the outer session's filter, which turns warnings into errors.
        return self.pytester.runpytest_inprocess("-p", "no:randomly", "-Wdefault", *arguments)

    def run_apart(self, *arguments: str) -> RunResult:
        """pytest in a process of its own: what a user gets."""
        return self.pytester.runpytest_subprocess(*arguments, timeout=120)

    def collected(self, *arguments: str) -> list[str]:
        """The ids of the collected items. Fails where the collection does."""
        result = self.run("--collect-only", "-q", *arguments)
        assert result.ret in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        return [line for line in result.outlines if "::" in line]


@pytest.fixture
def project(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    server_url: str,
    _everything_imported: None,
) -> Iterator[Project]:
    import hypothesis.core
    from hypothesis import settings

    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ORMTHESIS_URL", server_url)
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(hypothesis.core, "global_force_seed", None)
    profile = settings.get_current_profile_name()
    settings.load_profile("default")
    yield Project(pytester)
    settings.load_profile(profile)
