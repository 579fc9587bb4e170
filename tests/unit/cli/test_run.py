"""`ormthesis run`: options, exit codes, and what is written where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ormthesis.config import Config, Mode, Phase
from tests.unit.cli.conftest import TARGET
from tests.unit.reporting import samples


def test_everything_holds(ormthesis, engine):
    result = ormthesis("run", TARGET)
    assert result.exit_code == 0, result.output
    assert "PASSED: 0 failures" in result.stdout
    assert result.stderr == ""
    assert engine.config == Config(target=TARGET)
    assert engine.closed


def test_something_is_broken(ormthesis, engine):
    engine.events = samples.events(samples.full_result())
    result = ormthesis("run", TARGET)
    assert result.exit_code == 1
    assert "FAILED: 3 failures" in result.stdout
    assert f"print({TARGET!r})" in result.stdout
    assert "SELECT 'in SQL';" in result.stdout


def test_known_failures_do_not_fail(ormthesis, engine):
    engine.events = samples.events(samples.result(known=samples.full_result().known))
    result = ormthesis("run", TARGET)
    assert result.exit_code == 0
    assert "see #12" in result.stdout


def test_every_option_reaches_the_engine(ormthesis, engine):
    result = ormthesis(
        "run", TARGET,
        "--factories", "tests.factories",
        "--url", "postgresql://server/name",
        "--binaries", "pgserver",
        "--max-examples", "3",
        "--seed", "9",
        "--phases", "boundary",
        "--phases", "explicit",
        "-m", "positive",
        "--checks", "unique,check",
        "--exclude-checks", "enum",
        "--include-model", "Shelf",
        "--include-model", "Book",
        "--exclude-model", "Loan",
        "--baseline", "known.toml",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert engine.config == Config(
        target=TARGET,
        factories="tests.factories",
        url="postgresql://server/name",
        binaries="pgserver",
        max_examples=3,
        seed=9,
        phases=(Phase.EXPLICIT, Phase.BOUNDARY),
        mode=Mode.POSITIVE,
        checks=("unique", "check"),
        exclude_checks=("enum",),
        include_models=("Shelf", "Book"),
        exclude_models=("Loan",),
        baseline=Path("known.toml"),
    )


def test_the_target_may_come_from_pyproject(ormthesis, engine):
    text = f'[tool.ormthesis]\ntarget = "{TARGET}"\nmode = "negative"\n'
    Path("pyproject.toml").write_text(text, encoding="utf-8")
    assert ormthesis("run").exit_code == 0
    assert engine.config == Config(target=TARGET, mode=Mode.NEGATIVE)


def test_the_whole_result_as_json(ormthesis, engine):
    engine.events = samples.events(samples.full_result())
    assert ormthesis("run", TARGET, "--json", "result.json").exit_code == 1
    document = json.loads(Path("result.json").read_text("utf-8"))
    assert document["status"] == "failed"
    assert len(document["failures"]) == 4


def test_json_that_cannot_be_written_is_refused_before_the_run(ormthesis, engine):
    result = ormthesis("run", TARGET, "--json", "missing/result.json")
    assert result.exit_code == 2
    assert "--json missing/result.json cannot be written" in result.stderr
    assert engine.config is None, "the run was started"


def test_a_run_that_breaks_off_leaves_an_earlier_result_alone(ormthesis, engine):
    Path("result.json").write_text("{}", encoding="utf-8")
    engine.error = RuntimeError("boom")
    engine.events = samples.events(samples.result())[:3]
    assert ormthesis("run", TARGET, "--json", "result.json").exit_code == 2
    assert Path("result.json").read_text("utf-8") == "{}"


def test_quiet(ormthesis, engine):
    result = ormthesis("run", TARGET, "--quiet")
    assert result.stdout.strip().startswith("PASSED: 0 failures")


def test_colours_are_shown_unless_they_are_switched_off(ormthesis, engine, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;32m" in ormthesis("run", TARGET).stdout
    assert "\x1b[1;32m" not in ormthesis("run", TARGET, "--no-color").stdout


def test_a_stream_without_a_result_is_a_defect(ormthesis, engine):
    engine.events = ()
    result = ormthesis("run", TARGET)
    assert result.exit_code == 2
    assert "The run ended without a result." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "There is no TARGET"),
        (("app",), "No module named 'app'."),
        (("no_such_module:Base",), "No module named 'no_such_module'"),
        (("tests.unit.reporting.samples:Bsae",), "Did you mean 'Base'?"),
        (("tests.unit.reporting.samples:CONFIG",), "not a declarative base"),
        ((TARGET, "--max-examples", "0"), "--max-examples is 0, not a whole number"),
        ((TARGET, "--seed", "x"), "--seed is 'x', not a whole number"),
        ((TARGET, "--phases", "bondary"), "Did you mean 'boundary'?"),
        ((TARGET, "--mode", "all,positive"), "there is no mode 'all,positive'"),
        ((TARGET, "--checks", "enum", "--exclude-checks", "enum"), "both included and excluded"),
        ((TARGET, "--chekcs", "enum"), "--chekcs"),
        ((TARGET, "one", "more"), "unexpected extra arguments"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(ormthesis, engine, arguments, expected):
    result = ormthesis("run", *arguments)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert "Traceback" not in result.output
    assert engine.config is None, "the run was started"


def test_a_module_that_raises_on_import_shows_its_error(ormthesis, engine, monkeypatch):
    Path("raises_on_import.py").write_text("raise ValueError('no config')", encoding="utf-8")
    result = ormthesis("run", "raises_on_import:Base")
    assert result.exit_code == 2
    assert "Importing 'raises_on_import' raised ValueError: no config" in result.stderr
    assert "Traceback" not in result.output


def test_a_broken_pyproject_is_named(ormthesis, engine):
    Path("pyproject.toml").write_text("[tool.ormthesis]\nmode = 1\n", encoding="utf-8")
    result = ormthesis("run", TARGET)
    assert result.exit_code == 2
    assert "`mode` of [tool.ormthesis] in " in result.stderr
