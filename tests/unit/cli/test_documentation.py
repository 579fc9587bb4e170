"""The reference pages name every option, setting and key that there is, and their examples work."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

import click
import jsonschema
import pytest

from ormthesis.cli.replay import replay_command
from ormthesis.cli.run import run_command
from ormthesis.config import load_config
from ormthesis.config.load import KEYS
from ormthesis.engine.baseline import load_baseline

PAGES = Path(__file__).parents[3] / "docs" / "reference"


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def example(name: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", page(name), re.DOTALL)
    assert found, f"{name}.md has no {language} example"
    return found[1]


@pytest.mark.parametrize("command", [run_command, replay_command], ids=["run", "replay"])
def test_every_option_is_on_the_page(command):
    text = page("command-line")
    options = [param for param in command.params if isinstance(param, click.Option)]
    missing = [name for option in options for name in option.opts if f"`{name}" not in text]
    assert missing == []


def test_every_setting_is_on_the_page():
    assert [key for key in KEYS if f"`{key}`" not in page("configuration")] == []


def test_the_example_of_the_configuration_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv("DB_USER", "me")
    monkeypatch.setenv("DB_PASSWORD", "pw")
    path = tmp_path / "pyproject.toml"
    path.write_text(example("configuration", "toml"), encoding="utf-8")
    config = load_config({}, path)
    assert config.url == "postgresql://me:pw@localhost/app"
    assert config.max_examples == 100


def test_the_example_of_the_result_is_one():
    schema = resources.files("ormthesis.reporting").joinpath("result.schema.json")
    jsonschema.validate(
        json.loads(example("json-result", "json")), json.loads(schema.read_text("utf-8"))
    )


def test_the_example_of_the_baseline_is_one(tmp_path):
    path = tmp_path / "known.toml"
    path.write_text(example("baseline", "toml"), encoding="utf-8")
    assert len(load_baseline(path).entries) == 1
