"""What becomes of an item: passed, failed, known, not tested, in error."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import pytest

from tests.unit.pytest_plugin.projects import PYPROJECT, dropped, shop

pytest_plugins = ["pytester"]

FAST = "--ormthesis-max-examples=15"
CHECKS = "ormthesis::Customer::check"
ADULT = "check | Customer | customers.check(adult) | accepted"
FAIR = "check | Customer | customers.check(fair) | accepted"


def known(*fingerprints: str) -> str:
    entries = [
        f'[[known]]\nid = "{number:08x}"\nfingerprint = "{text}"\nreason = "ticket {number}"\n'
        for number, text in enumerate(fingerprints, start=1)
    ]
    return "format_version = 1\n" + "\n".join(entries)


@pytest.fixture
def broken(project):
    """The database has lost one CHECK."""
    project.write("shop.py", shop(dropped("adult")))
    return project


def test_a_correct_database_passes(project):
    result = project.run(FAST, "-k", "Customer and (check or not-null)")
    result.assert_outcomes(passed=2, deselected=len(project.collected()) - 2)


def test_a_missing_check_is_a_failure_with_its_report_and_no_traceback(broken):
    result = broken.run(FAST, CHECKS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Customer::check*",
            "customers.check(adult) does not refuse *",
            "*Predicted    refused by customers.check(adult)",
            "*Observed     accepted",
            "*ormthesis replay *",
            "Repeat with: --hypothesis-seed=*",
            "FAILED ormthesis::Customer::check - customers.check(adult) *",
        ]
    )
    result.stdout.no_fnmatch_line("*site-packages*")
    result.stdout.no_fnmatch_line("*src/ormthesis*")


def test_a_failure_is_saved_and_replayed_first(broken):
    broken.run(FAST, CHECKS).assert_outcomes(failed=1)
    files = list((broken.pytester.path / ".hypothesis" / "reproductions").glob("*.json"))
    assert [json.loads(file.read_text())["fingerprint"] for file in files] == [ADULT]
    broken.write("pyproject.toml", PYPROJECT + 'phases = ["explicit"]\n')
    broken.run(CHECKS).assert_outcomes(failed=1)
    files[0].unlink()
    broken.run(CHECKS).assert_outcomes(skipped=1)  # nothing left to test with


def test_all_failures_of_a_unit_are_shown_each_once(project):
    project.write("shop.py", shop(dropped("adult"), dropped("fair")))
    result = project.run(FAST, CHECKS)
    result.assert_outcomes(failed=1)
    assert "2 failures" in result.outlines
    titles = [line for line in result.outlines if re.fullmatch(r"customers\S+ .*  \[\w{8}\]", line)]
    assert [line.partition(" ")[0] for line in sorted(titles)] == [
        "customers.check(adult)",
        "customers.check(fair)",
    ]


def test_a_failure_that_two_items_meet_is_shown_in_full_once(project):
    stricter = "ALTER TABLE customers ADD CONSTRAINT stricter CHECK (email <> '')"
    project.write("shop.py", shop(stricter))
    result = project.run(FAST, "-k", "Customer and (accepted or not-null)")
    result.assert_outcomes(failed=2, deselected=None)
    shown = [line for line in result.outlines if line.strip() == "Rows"]
    assert len(shown) == 1
    result.stdout.fnmatch_lines(["*Shown in full by Customer::accepted."])


def test_only_last_failures_run_again(broken):
    selection = ("-k", "Customer and (check or not-null)")
    broken.run(FAST, *selection).assert_outcomes(passed=1, failed=1, deselected=None)
    again = broken.run(FAST, "--lf")
    again.assert_outcomes(failed=1, deselected=None)
    again.stdout.fnmatch_lines(["*rerun previous 1 failure*", "FAILED ormthesis::Customer::check*"])


def test_a_known_failure_is_expected_and_gives_its_reason(broken):
    broken.write("known.toml", known(ADULT))
    broken.write("pyproject.toml", PYPROJECT + 'baseline = "known.toml"\n')
    result = broken.run(FAST, "-rx", CHECKS)
    result.assert_outcomes(xfailed=1)
    result.stdout.fnmatch_lines(["XFAIL ormthesis::Customer::check - *known: *adult*: ticket 1"])


def test_a_new_failure_beside_a_known_one_fails(project):
    project.write("shop.py", shop(dropped("adult"), dropped("fair")))
    project.write("known.toml", known(ADULT))
    project.write("pyproject.toml", PYPROJECT + 'baseline = "known.toml"\n')
    result = project.run(FAST, CHECKS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["customers.check(fair) does not *", "known: *adult*: ticket 1"])
    result.stdout.no_fnmatch_line("customers.check(adult) does not *")


def test_a_baseline_entry_that_matches_nothing_is_a_warning(broken):
    broken.write("known.toml", known(ADULT, FAIR))
    broken.write("pyproject.toml", PYPROJECT + 'baseline = "known.toml"\n')
    result = broken.run(FAST, CHECKS)
    result.assert_outcomes(xfailed=1, warnings=1)
    result.stdout.fnmatch_lines(["*The baseline entry 00000002: *fair*matches nothing any more."])


def test_what_cannot_be_tested_is_skipped_with_the_reason(project):
    result = project.run(FAST, "-rs", "ormthesis::Signature::check")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*not tested: *md5*"])


def test_a_damaged_reproduction_is_a_warning(project):
    folder = project.pytester.mkdir("saved")
    (folder / "0badc0de.json").write_text("{")
    project.write("pyproject.toml", PYPROJECT + 'reproductions = "saved"\n')
    result = project.run(FAST, "ormthesis::Order::not-null")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*0badc0de.json*"])
    assert (folder / "0badc0de.json").read_text() == "{"


def test_a_server_that_is_not_there_is_one_short_error(project, monkeypatch):
    monkeypatch.setenv("ORMTHESIS_URL", "postgresql://user:secret@127.0.0.1:1/shop")
    result = project.run(FAST, "ormthesis::Order")
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"errors"}
    assert outcomes["errors"] > 1
    result.stdout.fnmatch_lines(["The server at *127.0.0.1:1/shop is not reachable: *"])
    result.stdout.no_fnmatch_line("*site-packages*")
    result.stdout.no_fnmatch_line("*secret*")


def test_junit(broken):
    broken.run(FAST, "-k", "Customer and (check or not-null)", "--junitxml=junit.xml")
    tree = ET.parse(broken.pytester.path / "junit.xml")
    cases = {case.get("name"): case for case in tree.iter("testcase")}
    assert {case.get("classname") for case in cases.values()} == {"ormthesis.Customer"}
    assert cases["check"].find("failure") is not None
    assert "customers.check(adult)" in cases["check"].find("failure").text
    assert cases["not-null"].find("failure") is None
    properties = cases["not-null"].iter("property")
    numbers = {found.get("name"): int(found.get("value")) for found in properties}
    assert numbers["ormthesis_examples"] >= 15
    assert numbers["ormthesis_probes"] > numbers["ormthesis_examples"]


EXPLICIT = """
import ormthesis
from shop import Base

models = ormthesis.load(Base, checks=["check", "not-null"])


@models.parametrize()
def test_models(unit):
    unit.check()
"""


def test_explicit_tests(broken):
    broken.write("pyproject.toml", "")
    broken.write("test_models.py", EXPLICIT)
    assert broken.collected() == [
        f"test_models.py::test_models[{unit}]"
        for unit in (
            "Customer::not-null",
            "Customer::check",
            "Signature::not-null",
            "Signature::check",
            "Order::not-null",
        )
    ]
    result = broken.run("--hypothesis-profile=dev")
    result.assert_outcomes(passed=3, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*unit.check()*", "E*customers.check(adult) does not *"])
    result.stdout.no_fnmatch_line("*src/ormthesis*")


def test_what_the_models_refuse_is_a_warning(project):
    validator = """
    @orm.validates("text")
    def check(self, key, value):
        if not value:
            raise ValueError("empty")
        return value
"""
    text = "from sqlalchemy import orm\n" + shop().rstrip() + "\n" + validator
    project.write("shop.py", text)
    result = project.run(FAST, "ormthesis::Signature::not-null", "ormthesis::Signature::round-trip")
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(
        ["*OrmthesisWarning: Signature.text: its validator refuses values *"]
    )
