"""Plain Hypothesis underneath: its profiles, seeds and statistics work on items."""

from __future__ import annotations

import re

import pytest

from tests.unit.pytest_plugin.projects import PYPROJECT

pytest_plugins = ["pytester"]

ONE = "ormthesis::Order::not-null"

RECORDING = '''
import pathlib

def pytest_sessionstart(session):
    from ormthesis.engine.world import World

    examine, lines = World.examine, []

    def recording(self, invariant, table, trial):
        with pathlib.Path("trials.txt").open("a") as file:
            print(repr(trial), file=file)
        return examine(self, invariant, table, trial)

    World.examine = recording
'''
"""A conftest.py that notes every trial that is examined."""


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
    # In a process of its own: profiles are a state of the process.
    result = project.run_apart("--collect-only", *arguments)
    assert examples(result) == expected


def test_a_profile_of_the_users_own_is_not_replaced(project):
    mine = "from hypothesis import settings\nsettings.register_profile('dev', max_examples=7)\n"
    project.write("conftest.py", mine)
    assert examples(project.run_apart("--collect-only", "--hypothesis-profile=dev")) == 7


def test_the_deadline_is_off_in_our_profiles():
    from hypothesis import settings

    import _ormthesis_pytest

    _ormthesis_pytest.register_profiles()
    for name in _ormthesis_pytest.PROFILES:
        assert settings.get_profile(name).deadline is None


def recorded(project, *arguments) -> str:
    """All trials of one item's run, as text."""
    file = project.pytester.path / "trials.txt"
    file.unlink(missing_ok=True)
    result = project.run_apart(ONE, "--ormthesis-max-examples=5", *arguments)
    result.assert_outcomes(passed=1)
    return file.read_text()


def test_a_seed_repeats_a_session(project):
    project.write("conftest.py", RECORDING)
    first = recorded(project, "--hypothesis-seed=1")
    assert "Trial(" in first
    assert recorded(project, "--hypothesis-seed=1") == first
    assert recorded(project, "--hypothesis-seed=2") != first


def test_a_derandomized_profile_repeats_itself(project):
    project.write("conftest.py", RECORDING)
    first = recorded(project, "--hypothesis-profile=ci")
    assert recorded(project, "--hypothesis-profile=ci") == first


def test_the_seed_of_the_session_is_said(project):
    result = project.run("--collect-only", "--hypothesis-seed=77")
    result.stdout.fnmatch_lines(["ormthesis: shop:Base, *(--hypothesis-seed=77)"])
