"""The baseline file: what it accepts, what is stale in it, and how it can be damaged."""

from __future__ import annotations

import tomllib

import pytest

from ormthesis.core.errors import OptionError
from ormthesis.engine.baseline import Baseline, BaselineEntry, entry_text, load_baseline
from ormthesis.engine.results import Known
from tests.unit.reporting import samples

ENTRY = '[[known]]\nid = "1"\nfingerprint = "unique | Book | x | accepted"\nreason = "r"\n'


def load(tmp_path, text):
    path = tmp_path / "known.toml"
    path.write_text(text, encoding="utf-8")
    return load_baseline(path)


def entry(failure, reason="agreed") -> BaselineEntry:
    return BaselineEntry(id=failure.id, fingerprint=failure.fingerprint, reason=reason)


def test_the_entry_that_a_failure_prints_accepts_that_failure(tmp_path):
    failure, other = samples.missing_unique(), samples.cut_title()
    text = entry_text(failure, 'say "why" \\ ✓')
    baseline = load(tmp_path, f"format_version = 1\n{text}\n")
    new, known = baseline.split((failure, other))
    assert new == (other,)
    assert known == (Known(failure=failure, reason='say "why" \\ ✓'),)


def test_the_printed_entry_waits_for_a_reason(tmp_path):
    text = f"format_version = 1\n{entry_text(samples.missing_unique())}\n"
    assert tomllib.loads(text)["known"][0]["reason"] == ""
    with pytest.raises(OptionError, match="entry 1 has no reason"):
        load(tmp_path, text)


@pytest.mark.parametrize("written", ["2026-01-31", '"2026-01-31"'])
def test_a_date_is_kept_as_text(tmp_path, written):
    baseline = load(tmp_path, f"format_version = 1\n{ENTRY}date = {written}\n")
    assert baseline.entries[0].date == "2026-01-31"


def test_without_entries_every_failure_is_new(tmp_path):
    failures = samples.every_failure()
    assert load(tmp_path, "format_version = 1\n") == Baseline()
    assert Baseline().split(failures) == (failures, ())


def test_an_entry_is_stale_where_its_unit_was_tested_and_it_matched_nothing():
    seen, gone = samples.missing_unique(), samples.cut_title()
    baseline = Baseline(entries=(entry(seen), entry(gone)))
    tested = [("Shelf", "unique"), ("Book", "round-trip")]
    assert baseline.stale((seen,), tested) == (f"{gone.id}: {gone.fingerprint}",)
    assert baseline.stale((seen,), [("Shelf", "unique")]) == ()
    assert baseline.stale((seen, gone), tested) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("format_version = 1\n[[known]\n", "line 2"),
        ("", "has format_version None; this version reads 1"),
        ("format_version = 2\n", "has format_version 2; this version reads 1"),
        ("format_version = 1\nknow = []\n", "has an unknown key 'know'"),
        ("format_version = 1\nknown = 3\n", "not written as `[[known]]` entries"),
        ("format_version = 1\nknown = [3]\n", "has an entry 1 that is no table"),
        (f"format_version = 1\n{ENTRY}[[known]]\n", "entry 2 has no id"),
        (f"format_version = 1\n{ENTRY}resaon = ''\n", "Did you mean 'reason'?"),
        ("format_version = 1\n" + ENTRY.replace('"r"', "3"), "entry 1: reason is not a text"),
        ("format_version = 1\n" + ENTRY.replace('"r"', '"  "'), "entry 1: reason is not a text"),
        ("format_version = 1\n" + ENTRY.replace(" | x", "").replace(" | a", "a"), "is cut off"),
        (f"format_version = 1\n{ENTRY}date = 3\n", "entry 1: date is 3, not a date"),
        (f"format_version = 1\n{ENTRY}{ENTRY}", "entries 1 and 2 are the same finding"),
    ],
)
def test_a_damaged_file_is_refused_and_the_place_is_named(tmp_path, text, expected):
    with pytest.raises(OptionError) as caught:
        load(tmp_path, text)
    assert expected in str(caught.value)
    assert "known.toml" in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(OptionError, match=r"nowhere\.toml cannot be read"):
        load_baseline(tmp_path / "nowhere.toml")
