"""The text of a failure: one source for the console, pytest and the JSON result."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ormthesis.engine.baseline import entry_text
from ormthesis.invariants.failure import Isolation
from ormthesis.oracle.outcome import Rejected
from ormthesis.reporting.declared import declaration
from ormthesis.reporting.differences import difference_line
from ormthesis.reporting.explain import done, meaning, observed, predicted
from ormthesis.reporting.rows import returned_lines, row_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ormthesis.invariants.failure import Failure
    from ormthesis.schema.model import Schema

_ISOLATION = {
    Isolation.COMMITTED: "the rows were committed before the operation",
    Isolation.ROLLED_BACK: "rows and operation in one transaction, rolled back",
}

_TO_ACCEPT = "To accept it as known, add to the baseline file, with a reason"
_NOT_SHOWN = "(columns not shown: NULL, their default or the simplest value)"

SHOWN_IN_MESSAGE = 3
"""Differences in a one-paragraph message; the whole text has all of them."""


def failure_message(failure: Failure, schema: Schema | None = None) -> str:
    """One paragraph: what was declared, done, predicted and observed, and what that means.

    With the schema, rules are described in words instead of by their ids.
    """
    shown = [difference_line(item) for item in failure.mismatch.differences[:SHOWN_IN_MESSAGE]]
    if (breach := failure.mismatch.breach) is not None:
        shown += [*filter(None, [breach.message]), *returned_lines(breach)]
    return " ".join(
        (
            declaration(failure, schema),
            f"Done: {done(failure)}. Predicted: {predicted(failure)}.",
            f"Observed: {observed(failure)}{': ' if shown else ''}{'; '.join(shown)}.",
            meaning(failure, schema),
        )
    )


def failure_text(
    failure: Failure,
    schema: Schema,
    *,
    saved: Path | None = None,
    script: str = "",
    sql: str = "",
    known: str = "",
    width: int = 80,
) -> str:
    """The whole report of one failure, plain, wrapped to `width`; scripts are never wrapped.

    `saved` is the file of the reproduction, `script` and `sql` its two runnable forms;
    `known` is the reason where the baseline accepts the failure.
    """
    accepted = [f"  Known: {known}"] if known else _section(_TO_ACCEPT, entry_text(failure))
    blocks = [
        [f"{failure.title}  [{failure.id}]"],
        list(_paragraph(failure, schema, width)),
        _section("Rows", *_row_block(failure, schema, width)),
        list(_facts(failure, width)),
        _section("Differences", *_differences(failure, width)),
        _section("Returned", *_returned(failure, width)),
        _section("Replay", f"ormthesis replay {failure.id}", *_saved(saved)),
        accepted,
        _script(script, "#", f"Python script: reproduce_{failure.id}.py"),
        _script(sql, "--", f"SQL: reproduce_{failure.id}.sql"),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _paragraph(failure: Failure, schema: Schema, width: int) -> Iterator[str]:
    text = f"{declaration(failure, schema)} {meaning(failure, schema)}"
    yield from textwrap.wrap(text, width - 2, initial_indent="  ", subsequent_indent="  ")


def _facts(failure: Failure, width: int) -> Iterator[str]:
    facts = {
        "Done": done(failure),
        "Predicted": predicted(failure),
        "Observed": observed(failure),
        "It said": failure.mismatch.breach.message if failure.mismatch.breach else "",
        "Server said": _server_message(failure),
        "Isolation": _ISOLATION[failure.isolation],
    }
    for label, text in facts.items():
        if text:
            yield from _hanging(f"  {label:<11}  ", text, width)


def _server_message(failure: Failure) -> str:
    if not isinstance(failure.outcome, Rejected):
        return ""
    return " ".join(failure.outcome.rejection.message.split())


def _row_block(failure: Failure, schema: Schema, width: int) -> list[str]:
    lines = [
        part
        for line in row_lines(failure.case, schema)
        for part in textwrap.wrap(line, width - 4, subsequent_indent="    ", break_on_hyphens=False)
    ]
    return [*lines, _NOT_SHOWN] if lines else []


def _differences(failure: Failure, width: int) -> list[str]:
    return [
        part
        for item in failure.mismatch.differences
        for part in textwrap.wrap(difference_line(item), width - 4, subsequent_indent="  ")
    ]


def _returned(failure: Failure, width: int) -> list[str]:
    """What a query of the user's returned, row by row."""
    breach = failure.mismatch.breach
    return [
        part
        for line in (returned_lines(breach) if breach is not None else ())
        for part in textwrap.wrap(line, width - 4, subsequent_indent="  ")
    ]


def _saved(path: Path | None) -> list[str]:
    return [f"saved as {path}"] if path else []


def _section(title: str, *texts: str) -> list[str]:
    lines = [f"    {line}" for text in texts for line in text.splitlines()]
    return [f"  {title}", *lines] if lines else []


def _script(text: str, comment: str, title: str) -> list[str]:
    """Not indented, so that it runs as copied."""
    return [f"{comment} {title}", *text.strip("\n").splitlines()] if text else []


def _hanging(label: str, text: str, width: int) -> list[str]:
    """The label, then the text in a column of its own."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_on_hyphens=False,
    )
