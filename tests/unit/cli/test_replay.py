"""`ormthesis replay`: which reproductions, which target, which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ormthesis.cli import replay as replay_module
from ormthesis.engine.replay import Replayed, ReplayStatus
from tests.unit.cli.conftest import TARGET
from tests.unit.reporting import samples


class Replays:
    """Stands in for `engine.replay`."""

    def __init__(self) -> None:
        self.results: tuple[Replayed, ...] = ()
        self.target = ""
        self.ids: tuple[str, ...] = ()

    def replay(self, config, ids):
        self.target, self.ids = config.target, tuple(ids)
        yield from self.results


@pytest.fixture(autouse=True)
def replays(monkeypatch) -> Replays:
    stand_in = Replays()
    monkeypatch.setattr(replay_module, "replay", stand_in.replay)
    return stand_in


def save(name: str, target: str | None = TARGET) -> None:
    path = Path(".hypothesis/reproductions", f"{name}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"target": target}) if target else "damaged", encoding="utf-8")


def replayed(name, status, failure=None) -> Replayed:
    return Replayed(id=name, status=status, title="it broke", message="now", failure=failure)


FIXED = replayed("aa", ReplayStatus.FIXED)
FAILED = replayed("bb", ReplayStatus.FAILED, samples.missing_unique())
ERROR = replayed("cc", ReplayStatus.ERROR)


@pytest.mark.parametrize(
    ("results", "code", "totals"),
    [
        ((FIXED,), 0, "1 FIXED, 0 FAILED, 0 ERROR"),
        ((FIXED, FAILED), 1, "1 FIXED, 1 FAILED, 0 ERROR"),
        ((FAILED, ERROR), 2, "0 FIXED, 1 FAILED, 1 ERROR"),
    ],
)
def test_the_exit_code_is_that_of_the_worst(ormthesis, replays, results, code, totals):
    save("aa")
    replays.results = results
    result = ormthesis("replay")
    assert result.exit_code == code, result.output
    assert result.stdout.endswith(totals + "\n")
    for item in results:
        assert f"{item.status.value:<6}  {item.id}  it broke" in result.stdout


def test_what_failed_again_is_shown_in_full_unless_quiet(ormthesis, replays):
    save("bb")
    replays.results = (FAILED,)
    assert f"print({TARGET!r})" in ormthesis("replay").stdout
    assert f"print({TARGET!r})" not in ormthesis("replay", "--quiet").stdout


def test_the_target_is_the_saved_one_where_none_is_given(ormthesis, replays):
    save("aa")
    save("zz", "other.module:Base")
    assert ormthesis("replay", "aa").exit_code == 0
    assert (replays.target, replays.ids) == (TARGET, ("aa",))


def test_the_target_of_the_options_goes_first(ormthesis, replays):
    save("aa", "other.module:Base")
    assert ormthesis("replay", "--target", TARGET).exit_code == 0
    assert (replays.target, replays.ids) == (TARGET, ())


def test_the_target_of_pyproject_goes_before_the_saved_one(ormthesis, replays):
    text = f'[tool.ormthesis]\ntarget = "{TARGET}"\n'
    Path("pyproject.toml").write_text(text, encoding="utf-8")
    save("aa", "other.module:Base")
    assert ormthesis("replay").exit_code == 0
    assert replays.target == TARGET


def test_nothing_saved_is_nothing_to_replay(ormthesis):
    result = ormthesis("replay")
    assert result.exit_code == 0
    assert result.stdout == "There is nothing to replay in .hypothesis/reproductions.\n"


@pytest.mark.parametrize(
    ("names", "arguments", "expected"),
    [
        ({"abcd": TARGET}, ("abce",), "There is no reproduction 'abce' in .hypothesis"),
        ({"abcd": TARGET}, ("abce",), "Did you mean 'abcd'?"),
        ({"aa": TARGET, "bb": "x:y"}, (), f"name {TARGET}, x:y."),
        ({"aa": None}, (), "name no target."),
    ],
)
def test_what_cannot_be_replayed_is_an_error(ormthesis, names, arguments, expected):
    for name, target in names.items():
        save(name, target)
    result = ormthesis("replay", *arguments)
    assert result.exit_code == 2
    assert expected in result.stderr
