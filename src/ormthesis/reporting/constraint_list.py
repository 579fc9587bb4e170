"""Every declared rule with its verdict: packed by table, verdict and reason."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ormthesis.core.text import plural
from ormthesis.engine.results import ConstraintVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ormthesis.engine.results import ConstraintResult

WORDS = {
    ConstraintVerdict.PROVED: "proved both ways",
    ConstraintVerdict.ACCEPTED_ONLY: "proved one way, accepted only",
    ConstraintVerdict.REFUSED_ONLY: "proved one way, refused only",
    ConstraintVerdict.UNTESTED: "not tested",
    ConstraintVerdict.IMPLIED: "nothing to prove",
    ConstraintVerdict.FAILED: "failed",
}

_GLUE = "\N{NO-BREAK SPACE}"  # keeps a rule and its counts on one line


def constraint_lines(results: Sequence[ConstraintResult], width: int) -> Iterator[str]:
    """A line of totals, then each table with its rules and their accepted / refused counts."""
    totals = f"{proved(results)} of {counted(results)} proved both ways"
    yield f"Constraints: {totals} (accepted/refused)"
    for table in dict.fromkeys(result.table for result in results):
        rules = [result for result in results if result.table == table]
        head = f"  {table}: {proved(rules)} of {plural(counted(rules), 'rule')} proved both ways"
        groups = _alike(rules)
        yield from _packed(head, groups.pop((ConstraintVerdict.PROVED, ""), []), width, "    ")
        for (verdict, reason), group in groups.items():
            because = f" ({reason})" if reason else ""
            yield from _packed(f"    {WORDS[verdict]}{because}", group, width, "      ")


def counted(results: Sequence[ConstraintResult]) -> int:
    """How many rules there are to prove: those that others imply are none."""
    return sum(result.verdict is not ConstraintVerdict.IMPLIED for result in results)


def proved(results: Sequence[ConstraintResult]) -> int:
    return sum(result.verdict is ConstraintVerdict.PROVED for result in results)


def _alike(
    rules: Sequence[ConstraintResult],
) -> dict[tuple[ConstraintVerdict, str], list[ConstraintResult]]:
    """Rules by verdict and reason; a proved one has a reason where it was sampled."""
    groups: dict[tuple[ConstraintVerdict, str], list[ConstraintResult]] = {}
    for rule in rules:
        groups.setdefault((rule.verdict, rule.reason), []).append(rule)
    return groups


def _packed(head: str, rules: Sequence[ConstraintResult], width: int, indent: str) -> list[str]:
    """The rules in one paragraph, each on one line with its counts."""
    names = ", ".join(f"{_short(rule)}{_GLUE}{_counts(rule)}" for rule in rules)
    lines = textwrap.wrap(
        f"{head}: {names}" if names else head,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_GLUE, " ") for line in lines]


def _short(rule: ConstraintResult) -> str:
    return rule.id.removeprefix(f"{rule.table}.")


def _counts(rule: ConstraintResult) -> str:
    return f"{rule.accepted}/{rule.refused}"
