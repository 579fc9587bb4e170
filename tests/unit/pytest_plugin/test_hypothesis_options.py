"""Plain Hypothesis underneath: its profiles, seeds and statistics work on items."""

from __future__ import annotations

import re

import pytest

from tests.unit.pytest_plugin.projects import PYPROJECT

pytest_plugins = ["pytester"]

ONE = "ormthesis::Order::not-null"


def examples(result) -> int:
    """How many examples the summary line says that each unit has."""
    found = re.search(r"units of (\d+) examples?", result.stdout.str())
    assert found is not None
    return int(found[1])


def test_statistics_have_the_constraints_as_events(project):
    result = project.run(ONE, "--hypothesis-show-statistics", "--ormthesis-max-examples=12")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            f"{ONE}:",
            "*during generate phase*",
            "*12 passing, 0 failing*",
            "*orders.total.not_null: accepted and refused",
            "*settings.max_examples=12",
        ]
    )


@pytest.mark.parametrize(
    ("settings", "arguments", "expected"),
    [
        ("", [], 100),  # Hypothesis's default profile
        ("", ["--hypothesis-profile=dev"], 20),
        ("", ["--hypothesis-profile=thorough"], 1000),
        ("", ["--hypothesis-profile=ci"], 100),
        ("max-examples = 9", [], 9),
        ("max-examples = 9", ["--hypothesis-profile=dev"], 20),
        ("max-examples = 9", ["--ormthesis-max-examples=3"], 3),
        ("", ["--hypothesis-profile=dev", "--ormthesis-max-examples=3"], 3),
    ],
)
def test_the_nearest_setting_decides_how_many_examples_are_drawn(
    project, settings, arguments, expected
):
    project.write("pyproject.toml", f"{PYPROJECT}{settings}\n")
    result = project.run("--collect-only", *arguments)
    assert examples(result) == expected


def test_a_profile_of_the_users_own_is_not_replaced(project):
    mine = "from hypothesis import settings\nsettings.register_profile('dev', max_examples=7)\n"
    project.write("conftest.py", mine)
    # In a process of its own: profiles are a state of the process.
    assert examples(project.run_apart("--collect-only", "--hypothesis-profile=dev")) == 7


def test_the_deadline_is_off_in_our_profiles():
    from hypothesis import settings

    import _ormthesis_pytest

    _ormthesis_pytest.register_profiles()
    for name in _ormthesis_pytest.PROFILES:
        assert settings.get_profile(name).deadline is None


@pytest.fixture
def recorded(project, monkeypatch):
    """Runs one item and gives all trials that were examined, as text."""
    from ormthesis.engine.world import World

    examine = World.start

    def run(*arguments):
        trials = []

        def recording(self, table, examined):
            trials.extend(repr(trial) for _, trial in examined)
            return examine(self, table, examined)

        monkeypatch.setattr(World, "start", recording)
        result = project.run(ONE, "--ormthesis-max-examples=5", *arguments)
        result.assert_outcomes(passed=1)
        assert len(trials) > 1
        return trials

    return run


def test_a_seed_repeats_a_session(recorded):
    first = recorded("--hypothesis-seed=1")
    assert recorded("--hypothesis-seed=1") == first
    assert recorded("--hypothesis-seed=2") != first


def test_a_derandomized_profile_repeats_itself(recorded):
    assert recorded("--hypothesis-profile=ci") == recorded("--hypothesis-profile=ci")


def test_the_seed_of_the_session_is_said(project):
    result = project.run("--collect-only", "--hypothesis-seed=77")
    result.stdout.fnmatch_lines(["ormthesis: shop:Base, *(--hypothesis-seed=77)"])
