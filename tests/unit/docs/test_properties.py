"""The properties of the documentation, as a user would run them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.unit.docs.pages import DOCS, blocks, read, section
from tests.unit.docs.samples import MODULE


@pytest.fixture
def run_pytest(tmp_path, run):
    """Runs the code as a test module in an empty folder; gives exit code and output."""

    def run_pytest(code, *arguments):
        (tmp_path / "test_page.py").write_text(code, encoding="utf-8")
        url = run.server_url.render_as_string(hide_password=False)
        options = ("-q", "-n", "0", "--hypothesis-profile=dev", *arguments)
        command = [sys.executable, "-m", "pytest", "test_page.py", *options]
        kept = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
        finished = subprocess.run(
            command,
            cwd=tmp_path,
            env={**kept, "ORMTHESIS_URL": url},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return finished.returncode, finished.stdout + finished.stderr

    return run_pytest


def test_the_property_of_the_tutorial(run_pytest, tmp_path):
    text = read(DOCS / "tutorial.md")
    (tmp_path / f"{MODULE}.py").write_text(blocks(text, "python")[0], encoding="utf-8")
    status, output = run_pytest(blocks(section(text, "A property of your own"), "python")[0])
    assert (status, "1 passed" in output) == (0, True), output


def test_the_properties_of_the_guide(run_pytest):
    text = read(DOCS / "testing" / "integration-testing-guide.md")
    code = "\n".join(blocks(section(text, "How to write a property"), "python"))
    status, output = run_pytest(code, "-k", "not test_models")
    assert (status, "2 passed" in output) == (0, True), output
    assert "deselected" in output, "the built-in checks were not collected"
