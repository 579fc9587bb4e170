"""The committed reproductions of the known findings: the regression test for them.

Each still fails on the reference domain as it is, and is fixed where the keys of `events` are
deferred.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ormthesis.config.settings import Config
from ormthesis.demo.headspace import Base
from ormthesis.engine.replay import ReplayStatus, replay
from ormthesis.engine.reproductions.store import ReproductionStore
from ormthesis.invariants.registry import builtin
from tests.tester.test_known_bug import FINDINGS, steady_world
from tests.tester.worlds import make_target

if TYPE_CHECKING:
    from ormthesis.engine.reproductions.reproduction import Reproduction
    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database, Run
    from tests.tester.worlds import Target

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".hypothesis" / "reproductions"


@pytest.fixture
def saved(headspace: Target) -> list[Reproduction]:
    found = ReproductionStore(FOLDER).all(headspace.models.schema)
    assert not [item for item in found if isinstance(item, Exception)]
    return [item for item in found if not isinstance(item, Exception)]


def failures(target: Target, saved: list[Reproduction]) -> list[Failure]:
    with steady_world(target) as world:
        return [
            failure
            for item in saved
            for failure in world.recheck(
                builtin()[item.invariant], world.context.schema.by_key[item.table], item.case
            )
        ]


def test_all_findings_are_saved(saved: list[Reproduction]) -> None:
    assert {item.fingerprint for item in saved} == FINDINGS


def test_they_still_fail(headspace: Target, saved: list[Reproduction]) -> None:
    seen = {failure.fingerprint for failure in failures(headspace, saved)}
    assert seen == FINDINGS


def test_deferred_keys_fix_them(
    tester_database: Database, saved: list[Reproduction], monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in Base.metadata.tables["events"].foreign_key_constraints:
        monkeypatch.setattr(key, "deferrable", True)
        monkeypatch.setattr(key, "initially", "DEFERRED")
    assert failures(make_target(tester_database, Base), saved) == []


def test_replay_says_failed(run: Run) -> None:
    config = Config(
        target="ormthesis.demo.headspace:Base",
        url=run.server_url.render_as_string(hide_password=False),
        reproductions=FOLDER,
    )
    assert [found.status for found in replay(config)] == [ReplayStatus.FAILED] * len(FINDINGS)
