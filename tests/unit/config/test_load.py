"""`load_config`: which source wins, and what each wrong value is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormthesis.config import Config, Mode, Phase, load_config, nearest_pyproject
from ormthesis.core.errors import OptionError


@pytest.fixture(autouse=True)
def no_server_in_the_environment(monkeypatch):
    monkeypatch.delenv("ORMTHESIS_URL", raising=False)
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)


@pytest.fixture
def pyproject(tmp_path):
    def write(*lines: str) -> Path:
        path = tmp_path / "pyproject.toml"
        path.write_text("\n".join(("[tool.ormthesis]", *lines)), encoding="utf-8")
        return path

    return write


def refusal(values, pyproject=None) -> str:
    with pytest.raises(OptionError) as caught:
        load_config({"target": "app:Base", **values}, pyproject)
    return str(caught.value)


def test_the_defaults_are_those_of_config():
    assert load_config({"target": "app:Base"}) == Config(target="app:Base")


def test_every_option_has_a_place():
    config = load_config(
        {
            "target": "app:Base",
            "url": "postgresql://server/name",
            "binaries": "pgserver",
            "factories": "tests.factories",
            "max-examples": "12",
            "seed": "0",
            "phases": ("random,explicit",),
            "mode": "negative",
            "checks": ("unique,check", "enum"),
            "exclude-checks": ("length",),
            "include-model": ("Agent",),
            "exclude-model": ("Turn",),
            "baseline": "known.toml",
            "reproductions": "found",
        }
    )
    assert config == Config(
        target="app:Base",
        url="postgresql://server/name",
        binaries="pgserver",
        factories="tests.factories",
        max_examples=12,
        seed=0,
        phases=(Phase.EXPLICIT, Phase.RANDOM),
        mode=Mode.NEGATIVE,
        checks=("unique", "check", "enum"),
        exclude_checks=("length",),
        include_models=("Agent",),
        exclude_models=("Turn",),
        baseline=Path("known.toml"),
        reproductions=Path("found"),
    )


def test_options_that_were_not_given_do_not_hide_the_file(pyproject):
    path = pyproject('target = "app:Base"', "seed = 3", 'checks = ["unique"]')
    config = load_config({"target": None, "seed": None, "checks": ()}, path)
    assert (config.target, config.seed, config.checks) == ("app:Base", 3, ("unique",))


def test_command_line_before_environment_before_file_before_fallback(pyproject, monkeypatch):
    path = pyproject('url = "postgresql://file/x"')
    fallback = {"url": "postgresql://fallback/x", "target": "app:Base"}
    assert load_config({}, fallback=fallback).url == "postgresql://fallback/x"
    assert load_config({}, path, fallback=fallback).url == "postgresql://file/x"
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://test/x")
    assert load_config({}, path, fallback=fallback).url == "postgresql://test/x"
    monkeypatch.setenv("ORMTHESIS_URL", "postgresql://ours/x")
    assert load_config({}, path, fallback=fallback).url == "postgresql://ours/x"
    given = {"url": "postgresql://given/x"}
    assert load_config(given, path, fallback=fallback).url == "postgresql://given/x"


def test_an_empty_environment_variable_is_not_set(monkeypatch):
    monkeypatch.setenv("ORMTHESIS_URL", "")
    assert load_config({"target": "app:Base"}).url is None


def test_environment_variables_are_substituted_in_the_file(pyproject, monkeypatch):
    monkeypatch.setenv("DB_HOST", "db")
    monkeypatch.setenv("MODEL", "Agent")
    path = pyproject('url = "postgresql://${DB_HOST}/x"', 'include-model = ["${MODEL}", "Turn"]')
    config = load_config({"target": "app:Base"}, path)
    assert config.url == "postgresql://db/x"
    assert config.include_models == ("Agent", "Turn")


def test_a_variable_that_is_not_set_is_named(pyproject, monkeypatch):
    monkeypatch.delenv("DB_HOST", raising=False)
    message = refusal({}, pyproject('url = "postgresql://${DB_HOST}/x"'))
    assert "`url` of [tool.ormthesis]" in message
    assert "no environment variable 'DB_HOST' is set" in message


def test_a_variable_that_is_not_needed_need_not_be_set(pyproject, monkeypatch):
    monkeypatch.delenv("DB_HOST", raising=False)
    path = pyproject('url = "postgresql://${DB_HOST}/x"')
    given = {"target": "app:Base", "url": "postgresql://given/x"}
    assert load_config(given, path).url == "postgresql://given/x"


def test_paths_in_the_file_are_relative_to_its_folder(pyproject, tmp_path):
    config = load_config({"target": "app:Base"}, pyproject('baseline = "tests/known.toml"'))
    assert config.baseline == tmp_path / "tests/known.toml"


def test_keys_of_the_file_may_have_underscores(pyproject):
    assert load_config({"target": "app:Base"}, pyproject("max_examples = 5")).max_examples == 5


def test_the_nearest_pyproject_is_found_from_below(pyproject, tmp_path):
    path = pyproject()
    (tmp_path / "deep/er").mkdir(parents=True)
    assert nearest_pyproject(tmp_path / "deep/er") == path.resolve()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("max-example = 5", "Did you mean 'max-examples'?"),
        ("max-examples = 0", "is 0, not a whole number of at least 1"),
        ("max-examples = true", "is True, not a whole number of at least 1"),
        ("seed = -1", "is -1, not a whole number of at least 0"),
        ("seed = 1.5", "is 1.5, not a whole number"),
        ('mode = "positiv"', "there is no mode 'positiv'.\nDid you mean 'positive'?"),
        ('phases = ["randm"]', "there is no phase 'randm'.\nDid you mean 'random'?"),
        ("phases = []", "not at least one phase"),
        ("checks = 3", "is 3, not names"),
        ("checks = [3]", "is [3], not names"),
        ('checks = ["unique,"]', "without an empty one"),
        ('factories = ""', "is '', not a text"),
        ("url = 5", "is an unusable value, not a text"),
    ],
)
def test_a_wrong_line_in_the_file_is_named(pyproject, line, expected):
    message = refusal({}, pyproject(line))
    assert expected in message
    assert f"`{line.split(' =')[0]}` of [tool.ormthesis]" in message


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"max-examples": "many"}, "--max-examples is 'many', not a whole number of at least 1"),
        ({"seed": "x"}, "--seed is 'x', not a whole number of at least 0"),
        ({"phases": ("explicit,statefull",)}, "--phases: there is no phase 'statefull'"),
        ({"colour": "red"}, "--colour is no setting"),
    ],
)
def test_a_wrong_option_is_named(values, expected):
    assert expected in refusal(values)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"checks": ("unique",), "exclude-checks": ("unique",)}, "check 'unique'"),
        ({"include-model": ("Agent,Turn",), "exclude-model": ("Turn",)}, "model 'Turn'"),
    ],
)
def test_contradictory_options_are_refused(values, what):
    assert f"The {what} is both included and excluded" in refusal(values)


def test_a_contradiction_between_file_and_command_line_is_refused(pyproject):
    path = pyproject('checks = ["unique"]')
    assert "both included and excluded" in refusal({"exclude-checks": ("unique",)}, path)


def test_without_a_target_the_message_says_where_to_put_it():
    with pytest.raises(OptionError, match=r"There is no TARGET.*\n.*\[tool.ormthesis\]"):
        load_config({})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tool = 1\n", None),
        ("[tool]\normthesis = 1\n", "is not a table"),
        ("x = 1\ny 2\n", "line 2"),
    ],
)
def test_a_file_of_another_shape(tmp_path, text, expected):
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    if expected is None:
        assert load_config({"target": "app:Base"}, path) == Config(target="app:Base")
    else:
        assert expected in refusal({}, path)


def test_the_password_of_the_url_is_not_in_the_text_of_the_config():
    config = load_config({"target": "app:Base", "url": "postgresql://me:secret@server/x"})
    assert "secret" not in repr(config)
