"""The JSON result: its keys, its schema, and how it is written."""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import pytest

from ormthesis.core.errors import OptionError
from ormthesis.reporting.json_report import check_writable, result_document, write_json
from tests.unit.reporting import samples

SCHEMA = json.loads(
    resources.files("ormthesis.reporting").joinpath("result.schema.json").read_text("utf-8")
)


@pytest.fixture
def document():
    written = result_document(samples.full_result(), samples.MODELS, samples.CONFIG)
    return json.loads(json.dumps(written))


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("result", [samples.full_result(), samples.result()], ids=["all", "none"])
def test_a_result_is_as_the_schema_says(result):
    document = result_document(result, samples.MODELS, samples.CONFIG)
    jsonschema.validate(json.loads(json.dumps(document)), SCHEMA)


@pytest.mark.parametrize("key", sorted(SCHEMA["required"]))
def test_the_schema_refuses_a_result_without_a_key(document, key):
    del document[key]
    with pytest.raises(jsonschema.ValidationError, match=key):
        jsonschema.validate(document, SCHEMA)


def test_the_keys_are_those_that_are_documented(document):
    assert list(document) == [
        "format_version",
        "target",
        "status",
        "seconds",
        "seed",
        "constraints",
        "invariants",
        "failures",
        "warnings",
    ]
    assert set(document["constraints"][0]) == {
        "id",
        "kind",
        "table",
        "columns",
        "accepted",
        "refused",
        "verdict",
        "reason",
    }
    assert set(document["invariants"][0]) == {
        "model",
        "invariant",
        "status",
        "examples",
        "probes",
        "seconds",
    }
    assert set(document["failures"][0]) == {
        "id",
        "invariant",
        "model",
        "table",
        "constraint",
        "title",
        "message",
        "isolation",
        "reproduction",
    }


def test_new_failures_come_first_and_known_ones_say_why(document):
    assert [failure.get("known") for failure in document["failures"]] == [
        None,
        None,
        None,
        "PostgreSQL's own; see #12",
    ]


def test_a_failure_about_no_rule_names_no_constraint(document):
    assert [failure["constraint"] for failure in document["failures"]] == [
        "shelves.unique(label)",
        None,
        None,
        samples.SHELF_KEY,
    ]


def test_every_verdict_of_a_constraint_has_a_word(document):
    assert {rule["verdict"] for rule in document["constraints"]} == {
        "proved",
        "accepted-only",
        "refused-only",
        "untested",
        "failed",
    }


def test_what_was_not_tested_and_stale_entries_are_warnings(document):
    assert document["warnings"] == [
        "Shelf is almost empty",
        "not tested: Book json-schema: the schema is remote",
        "baseline entry matches nothing any more: "
        "0a1b2c3d: unique | Book | books.unique(title) | accepted",
    ]


def test_known_failures_alone_do_not_fail_a_run():
    result = samples.result(known=samples.full_result().known)
    assert result_document(result, samples.MODELS, samples.CONFIG)["status"] == "passed"


def test_the_file_is_replaced_whole(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("old", encoding="utf-8")
    write_json(path, {"title": "naïve → ✓", "text": "\ud800"})
    assert json.loads(path.read_text("utf-8"))["title"] == "naïve → ✓"
    assert [file.name for file in tmp_path.iterdir()] == ["result.json"]


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path):
    path = tmp_path / "result.json"
    path.mkdir()
    with pytest.raises(OptionError, match=r"result\.json cannot be written"):
        write_json(path, {})
    assert [file.name for file in tmp_path.iterdir()] == ["result.json"]


def test_a_folder_that_is_missing_is_refused_before_the_run(tmp_path):
    with pytest.raises(OptionError, match="there is no folder"):
        check_writable(tmp_path / "missing" / "result.json")


def test_a_place_that_is_no_file_is_refused_before_the_run(tmp_path):
    with pytest.raises(OptionError, match="it is no ordinary file"):
        check_writable(tmp_path)


def test_a_place_that_will_do(tmp_path):
    check_writable(tmp_path / "result.json")
    assert list(tmp_path.iterdir()) == []
