"""The console report, as a whole and in its parts, on a terminal and in a pipe."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from ormthesis.engine.results import UnitStatus
from ormthesis.reporting.console import ConsoleReporter, by_cause, summary
from ormthesis.reporting.tables import GLYPHS, cell, unit_tables
from tests.unit.reporting import samples

if TYPE_CHECKING:
    from collections.abc import Callable


def report(result, *, width=80, quiet=False, terminal=False, events=None) -> str:
    output = io.StringIO()
    console = Console(file=output, width=width, force_terminal=terminal, color_system=None)
    with ConsoleReporter(console, samples.MODELS, samples.CONFIG, quiet=quiet) as reporter:
        for event in events or samples.events(result):
            reporter.handle(event)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines())


@pytest.mark.parametrize("width", [80, 120])
def test_a_run_with_something_of_everything(width, snapshot):
    assert report(samples.full_result(), width=width) == snapshot


def test_a_run_in_which_everything_holds(snapshot):
    assert report(samples.result()) == snapshot


def test_quiet_shows_failures_and_the_summary_only(snapshot):
    assert report(samples.full_result(), quiet=True) == snapshot


def test_quiet_and_nothing_wrong_is_one_line():
    assert report(samples.result(), quiet=True, width=100).strip().splitlines() == [
        "PASSED: 0 failures, 3 of 7 constraints proved both ways, 284 probes, 2.2 s, seed 7"
    ]


def test_each_failure_is_reported_once():
    text = report(samples.full_result())
    for failure in samples.full_result().failures:
        assert text.count(f"{failure.title}  [{failure.id}]") == 1


def test_failures_about_one_thing_are_one_cause():
    failures = samples.every_failure()
    groups = [[failure.invariant for failure in group] for group in by_cause(failures)]
    assert groups == [
        ["unique", "unique"],
        ["accepted", "round-trip"],
        ["accepted"],
        ["delete-sql"] * 4,
        ["no_thick_books"],
    ]


def test_known_failures_are_shown_and_said_to_be_known():
    text = report(samples.full_result())
    known = text[text.index("Known failures") :]
    assert samples.action_order().title in known
    assert "Known: PostgreSQL's own; see #12" in known


def test_every_constraint_is_listed():
    text = report(samples.full_result(), width=200)
    for rule in samples.constraints():
        assert rule.id.removeprefix(f"{rule.table}.") in text


def test_prose_keeps_to_the_width():
    lines = report(samples.full_result(), width=80).splitlines()
    loose = [line for line in lines if len(line) > 80 and "fingerprint" not in line]
    # Titles of failures are one line each, so that a search for one finds it.
    assert all("[" in line or line.startswith("found:") for line in loose)


def test_a_terminal_shows_the_current_unit_and_the_count():
    text = report(samples.full_result(), terminal=True)
    assert "6/6" in text
    assert "Book json-schema" in text
    assert "found: Shelf unique: shelves.unique(label) is not enforced" in text
    assert "Shelf: 1 passed" not in text


def test_a_pipe_shows_a_line_for_each_model():
    text = report(samples.full_result())
    line = "Shelf: 1 passed, 1 failed, 1 not applicable, 240 probes, 2.0 s"
    assert text.count(line) == 1


def test_the_live_display_is_taken_down_when_the_run_breaks_off():
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=80)
    with ConsoleReporter(console, samples.MODELS, samples.CONFIG) as reporter:
        for event in samples.events(samples.result())[:3]:
            reporter.handle(event)
        assert "\x1b[?25h" not in output.getvalue()
    assert "\x1b[?25h" in output.getvalue(), "the cursor is hidden for ever"


def test_markup_in_names_and_values_is_text():
    stale = ("ab: [bold]x[/bold] [/]",)
    assert "ab: [bold]x[/bold] [/]" in report(samples.result(stale_baseline=stale))


@pytest.mark.parametrize("status", UnitStatus)
def test_every_status_has_a_glyph_of_its_own(status):
    assert [glyph for glyph, _ in GLYPHS.values()].count(GLYPHS[status][0]) == 1


def test_a_cell_counts_accepted_and_refused_probes():
    assert [cell(unit).plain for unit in samples.units()] == [
        "✓ 40",
        "✗ 120/80",
        "·",
        "✓ 41",
        "≈ 3",
        "?",
    ]


@pytest.fixture
def rendered() -> Callable[[int, int], list[str]]:
    def render(models: int, width: int) -> list[str]:
        units = [samples.unit(f"Model{number:02}", "unique", probes=9) for number in range(models)]
        console = Console(file=io.StringIO(), width=width)
        for table in unit_tables(units, width):
            console.print(table)
        return console.file.getvalue().splitlines()  # type: ignore[attr-defined]

    return render


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_many_models_are_laid_out_in_blocks_that_fit(rendered, width):
    lines = rendered(20, width)
    text = "\n".join(lines)
    assert all(text.count(f"Model{number:02}") == 1 for number in range(20))
    assert max(map(len, lines)) <= width


def test_no_models_no_table(rendered):
    assert rendered(0, 80) == []


def test_the_summary_names_the_seed_and_what_is_known():
    assert summary(samples.full_result()) == (
        "FAILED: 3 failures, 1 known, 1 warning, 3 of 7 constraints proved both ways, 284 probes, "
        "2.2 s, seed 7"
    )
