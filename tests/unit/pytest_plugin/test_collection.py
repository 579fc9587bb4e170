"""Which items are collected, under which ids, and how they are chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pytest_plugin.projects import PYPROJECT, TARGET, UNITS

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]


def test_one_item_for_each_model_and_check_that_applies(project):
    ids = project.collected()
    assert len(ids) == len(set(ids))
    assert {f"ormthesis::{unit}" for unit in UNITS} <= set(ids)
    assert "ormthesis::Customer::enum" not in ids  # no enumeration is declared
    assert "ormthesis::Signature::foreign-key" not in ids


def test_ids_are_the_same_in_every_session(project):
    assert project.collected() == project.collected()


def test_a_target_on_the_command_line(project):
    project.write("pyproject.toml", "")
    assert project.collected() == []
    assert "ormthesis::Customer::not-null" in project.collected("--ormthesis", TARGET)


def test_keywords_and_markers_choose(project):
    project.write("test_other.py", "def test_other(): pass\n")
    assert project.collected("-k", "Customer and not-null") == ["ormthesis::Customer::not-null"]
    both = project.collected()
    ours = [name for name in both if name.startswith("ormthesis::")]
    assert project.collected("-m", "ormthesis") == ours
    assert project.collected("-m", "hypothesis") == ours
    assert project.collected("-m", "not ormthesis") == ["test_other.py::test_other"]
    assert "test_other.py::test_other" in both


def test_items_and_models_are_named_by_their_ids(project):
    project.write("test_other.py", "def test_other(): pass\n")
    one = "ormthesis::Order::foreign-key"
    assert project.collected(one) == [one]
    assert project.collected(one, "test_other.py") == ["test_other.py::test_other", one]
    of_model = project.collected("ormthesis::Order")
    assert one in of_model
    assert all(name.startswith("ormthesis::Order::") for name in of_model)


def test_an_unknown_id_is_a_usage_error(project):
    result = project.run("ormthesis::Order::foreignkey")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: not found: ormthesis::Order::foreignkey. Did you mean 'Order::foreign-key'?"]
    )


def test_naming_a_file_leaves_the_items_out(project):
    """Who asks for one file does not ask for all models; a folder is another matter."""
    project.write("test_other.py", "def test_other(): pass\n")
    alone = ["test_other.py::test_other"]
    assert project.collected("test_other.py") == alone
    assert project.collected("test_other.py::test_other") == alone
    assert len(project.collected(".")) > len(alone)
    assert len(project.collected("test_other.py", "--ormthesis", TARGET)) > len(alone)


@pytest.mark.parametrize("arguments", [("--no-ormthesis",), ("-p", "no:ormthesis")])
def test_the_plugin_can_be_turned_off(project, arguments):
    assert project.collected(*arguments) == []


def test_a_table_without_target_collects_nothing(project):
    project.write("pyproject.toml", "[tool.ormthesis]\nmax-examples = 5\n")
    assert project.collected() == []


def test_models_and_checks_are_selected_by_the_configuration(project):
    chosen = 'checks = ["not-null", "check"]\nexclude-model = ["Signature"]\n'
    project.write("pyproject.toml", PYPROJECT + chosen)
    assert project.collected() == [
        "ormthesis::Customer::not-null",
        "ormthesis::Customer::check",
        "ormthesis::Order::not-null",
    ]


def test_this_repository_has_no_target_of_its_own():
    """Its tests would otherwise collect items for the demo."""
    import tomllib

    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "target" not in document["tool"].get("ormthesis", {})


ERRORS = {
    "no such module": (("--ormthesis", "shopp:Base"), "No module named 'shopp'."),
    "no such attribute": (("--ormthesis", "shop:Bass"), "'shop' has no attribute 'Bass'*"),
    "no base": (("--ormthesis", "shop:sa.Integer"), "*not a declarative base*"),
    "contradiction": (
        ("--ormthesis", TARGET, "--no-ormthesis"),
        "--ormthesis and --no-ormthesis contradict each other.",
    ),
    "no number": (("--ormthesis-max-examples", "few"), "*'few' is no whole number*"),
}


@pytest.mark.parametrize(("arguments", "message"), ERRORS.values(), ids=ERRORS)
def test_bad_options_are_usage_errors_without_a_traceback(project, arguments, message):
    result = project.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{message}"])
    for lines in (result.stdout, result.stderr):
        lines.no_fnmatch_line("*Traceback*")
        lines.no_fnmatch_line("*INTERNALERROR*")


def test_an_unknown_check_in_the_configuration_is_a_usage_error(project):
    project.write("pyproject.toml", PYPROJECT + 'checks = ["notnull"]\n')
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: There is no check 'notnull'.", "Did you mean 'not-null'?"])
