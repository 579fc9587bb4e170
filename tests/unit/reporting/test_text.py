"""The text of failures: every verdict says what was declared, predicted and observed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormthesis.generation.case import Operation, OperationKind
from ormthesis.invariants.user import UserFailure
from ormthesis.oracle.judge import Verdict
from ormthesis.oracle.outcome import Breach, Rejected, Rejection, RejectionKind
from ormthesis.reporting.text import failure_message, failure_text
from tests.unit.reporting import samples

SCHEMA = samples.MODELS.schema


def test_every_verdict_has_a_sample():
    assert {failure.mismatch.verdict for failure in samples.every_failure()} == set(Verdict)


@pytest.mark.parametrize("failure", samples.every_failure(), ids=lambda failure: failure.id)
def test_a_message_is_one_paragraph_with_all_its_parts(failure, snapshot):
    message = failure_message(failure, SCHEMA)
    assert "\n" not in message
    for part in ("Done: ", "Predicted: ", "Observed: "):
        assert part in message
    assert message == snapshot


@pytest.mark.parametrize("failure", samples.every_failure(), ids=lambda failure: failure.id)
def test_without_a_schema_the_subject_is_named_by_its_id(failure):
    about = f"This is about {failure.subject}."
    if isinstance(failure, UserFailure):
        about = f"{failure.declared_in} declares {failure.invariant}: {failure.says}"
    assert failure_message(failure).startswith(f"{about} Done: ")


def test_a_predicate_that_raises_is_asked_about():
    raised = Breach(what="raises KeyError", message="KeyError: 'x', in f of m, line 3", raised="K")
    failure = samples.thick_book()
    failure = replace(failure, mismatch=replace(failure.mismatch, breach=raised))
    text = failure_text(failure, SCHEMA)
    assert "It said      KeyError: 'x', in f of m, line 3" in text
    assert "it raises: does it expect such rows?" in " ".join(text.split())
    assert "Returned" not in text


def test_action_order_explains_the_mechanism():
    message = failure_message(samples.action_order(), SCHEMA)
    assert "the order in which the keys were created" in message
    assert "SET NULL writes a new version of the referencing row" in message
    assert "although that key's own ON DELETE SET NULL would have cleared it next" in message
    assert "DEFERRABLE INITIALLY DEFERRED" in message


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (RejectionKind.DRIVER, "The driver refused the value before it reached the server."),
        (RejectionKind.MODEL, "The ORM, or a validator of the model, raised"),
    ],
)
def test_what_never_reached_the_server_is_said_to(kind, sentence):
    outcome = Rejected(rejection=Rejection(kind=kind, message="no"))
    assert sentence in failure_message(replace(samples.refused_row(), outcome=outcome), SCHEMA)


def test_a_validator_that_lets_a_value_through():
    failure = samples.missing_unique()
    asked = replace(failure.case, operation=Operation(kind=OperationKind.VALIDATE))
    assert "it let the broken one through" in failure_message(replace(failure, case=asked), SCHEMA)


def test_a_long_list_of_differences_is_cut_in_the_message_only():
    failure = samples.cut_title()
    many = replace(failure.mismatch, differences=failure.mismatch.differences * 3)
    failure = replace(failure, mismatch=many)
    assert failure_message(failure, SCHEMA).count("book#0.") == 3
    assert failure_text(failure, SCHEMA, width=200).count("book#0.") == 6


@pytest.mark.parametrize("failure", samples.every_failure(), ids=lambda failure: failure.id)
@pytest.mark.parametrize("width", [80, 120])
def test_the_whole_text(failure, width, snapshot):
    assert failure_text(failure, SCHEMA, saved=Path("found/x.json"), width=width) == snapshot


@pytest.mark.parametrize("failure", samples.every_failure(), ids=lambda failure: failure.id)
def test_prose_keeps_to_the_width(failure):
    text = failure_text(failure, SCHEMA, width=80).splitlines()
    prose = [line for line in text[1:] if "fingerprint" not in line]
    assert max(map(len, prose)) <= 80


def test_scripts_are_copied_as_they_are_and_not_indented():
    script = "import sys\n\nif sys.argv:\n    print('x' * 100)  # " + "long " * 40 + "\n"
    text = failure_text(samples.missing_unique(), SCHEMA, script=script, sql="SELECT 1;\n")
    assert script.rstrip("\n") in text
    assert text.endswith("-- SQL: reproduce_8ce4b55b.sql\nSELECT 1;")


def test_a_known_failure_gives_its_reason_instead_of_the_entry():
    text = failure_text(samples.missing_unique(), SCHEMA, known="agreed in #12")
    assert "Known: agreed in #12" in text
    assert "[[known]]" not in text
