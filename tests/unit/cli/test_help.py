"""Help pages and the version: what a newcomer reads first."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from ormthesis.cli.options import Option
from ormthesis.cli.run import run_command


def test_the_version(ormthesis):
    result = ormthesis("--version")
    assert result.exit_code == 0
    assert result.stdout == f"ormthesis {version('ormthesis')}\n"


@pytest.mark.parametrize("arguments", [(), ("run",), ("replay",)], ids=["group", "run", "replay"])
def test_a_help_page(ormthesis, arguments, snapshot):
    result = ormthesis(*arguments, "--help")
    assert result.exit_code == 0
    assert result.stdout == snapshot


def test_every_option_has_a_help_text():
    options = [param for param in run_command.params if isinstance(param, Option)]
    assert len(options) > 15
    assert [option.name for option in options if not option.help] == []


def test_an_unknown_command_is_a_usage_error(ormthesis):
    result = ormthesis("rnu")
    assert result.exit_code == 2
    assert "No such command 'rnu'" in result.stderr
