"""The plugin and the package cost nothing where they are not used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ormthesis

pytest_plugins = ["pytester"]

REPORTING = """
import sys

def pytest_unconfigure(config):
    print("IMPORTED", sorted({name.partition(".")[0] for name in sys.modules} & {
        "ormthesis", "sqlalchemy", "psycopg"
    }))
"""


def test_a_run_without_a_target_does_not_import_the_package(project):
    project.write("pyproject.toml", "")
    project.write("conftest.py", REPORTING)
    project.write("test_other.py", "def test_other(): pass\n")
    result = project.run_apart("-s", "-p", "no:randomly")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*IMPORTED []"])


def test_importing_the_package_imports_nothing_else():
    code = "import ormthesis, sys; print([n for n in sys.modules if n.startswith('ormthesis.')])"
    done = subprocess.run(
        [sys.executable, "-c", code + "; print('sqlalchemy' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[:2] == ["[]", "False"]


def test_every_public_name_is_there_and_documented():
    for name in ormthesis.__all__:
        assert getattr(ormthesis, name).__doc__, name
    assert set(ormthesis.__all__) <= set(dir(ormthesis))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'form_model'"):
        _ = ormthesis.form_model
