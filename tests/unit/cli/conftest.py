"""A command line whose engine is a list of events: no database, no environment, its own folder.

Ormthesis is imported in the fixtures: importing strategies in a conftest makes Hypothesis warn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ormthesis.config import Config

TARGET = "tests.unit.reporting.samples:Base"


class Engine:
    """Stands in for `engine.run`: gives the events, then raises the error if there is one."""

    def __init__(self) -> None:
        self.events: Iterable[object] = ()
        self.error: BaseException | None = None
        self.config: Config | None = None
        self.closed = False

    def run(self, config, models=None):
        self.config = config
        try:
            yield from self.events
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("ORMTHESIS_URL", "TEST_DATABASE_URL", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(
        "ormthesis.reporting.findings.script_for", lambda *_, target: f"print({target!r})\n"
    )
    monkeypatch.setattr(
        "ormthesis.reporting.findings.sql_for", lambda failure, models: "SELECT 'in SQL';\n"
    )


@pytest.fixture
def engine(monkeypatch) -> Engine:
    from tests.unit.reporting import samples

    stand_in = Engine()
    stand_in.events = samples.events(samples.result())
    monkeypatch.setattr("ormthesis.cli.run.run", stand_in.run)
    return stand_in


@pytest.fixture
def ormthesis() -> Callable[..., Result]:
    from ormthesis.cli import main

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return invoke
