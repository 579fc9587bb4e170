"""The table of models by invariants, in blocks of as many models as the width takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from ormthesis.engine.results import Evidence, UnitStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ormthesis.engine.results import UnitResult

GLYPHS = {
    UnitStatus.PASSED: ("✓", "green"),
    UnitStatus.FAILED: ("✗", "bold red"),
    UnitStatus.KNOWN: ("≈", "yellow"),
    UnitStatus.NOT_APPLICABLE: ("·", "dim"),
    UnitStatus.NOT_TESTED: ("?", "magenta"),
}

LEGEND = (
    "  ".join(f"{glyph} {status.value}" for status, (glyph, _) in GLYPHS.items())
    + "\nNumbers: probes that were accepted / refused as declared, else all probes."
)

_HEADER = "invariant"
_PADDING = 2  # one blank of padding and one between columns


def unit_tables(units: Sequence[UnitResult], width: int) -> Iterator[Table]:
    """One table for each block of models; rows are invariants, in the order of the units."""
    invariants = list(dict.fromkeys(unit.invariant for unit in units))
    models = list(dict.fromkeys(unit.model for unit in units))
    cells = {(unit.invariant, unit.model): cell(unit) for unit in units}
    first = max(map(len, (_HEADER, *invariants))) + _PADDING
    widths = [_column_width(model, invariants, cells) for model in models]
    for start, stop in _blocks(widths, width - first):
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
        table.add_column(_HEADER, no_wrap=True)
        for model in models[start:stop]:
            table.add_column(Text(model), overflow="fold")
        for invariant in invariants:
            row = [cells.get((invariant, model), Text()) for model in models[start:stop]]
            table.add_row(invariant, *row)
        yield table


def cell(unit: UnitResult) -> Text:
    """`✓ 120/80`."""
    glyph, style = GLYPHS[unit.status]
    total = sum(unit.evidence.values(), Evidence())
    if total.accepted or total.refused:
        return Text(f"{glyph} {total.accepted}/{total.refused}", style=style)
    return Text(f"{glyph} {unit.probes}" if unit.probes else glyph, style=style)


def _column_width(model: str, invariants: Sequence[str], cells: dict[tuple[str, str], Text]) -> int:
    found = [cells[name, model].cell_len for name in invariants if (name, model) in cells]
    return max(len(model), *found) + _PADDING


def _blocks(widths: Sequence[int], available: int) -> Iterator[tuple[int, int]]:
    """Index ranges whose widths fit; a column that is too wide stands alone."""
    start, used = 0, 0
    for index, column in enumerate(widths):
        if used + column > available and index > start:
            yield start, index
            start, used = index, 0
        used += column
    if start < len(widths):
        yield start, len(widths)
