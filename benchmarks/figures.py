"""One number, what it stands against, and whether it keeps its limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`value` is measured in `unit`; a figure without a limit is for information.

    `peer` is the text of what `value` was measured against, `at_least` says that more is better.
    """

    name: str
    value: float
    unit: str = ""
    limit: float | None = None
    at_least: bool = False
    peer: str = ""

    @property
    def ratio(self) -> float | None:
        """Measured to limit."""
        return self.value / self.limit if self.limit else None

    @property
    def kept(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        return "pass" if self.kept else "FAIL"

    @property
    def limit_text(self) -> str:
        if self.limit is None:
            return ""
        return f"{'>=' if self.at_least else '<='} {shown(self.limit, self.unit)}"

    def cells(self) -> tuple[str, ...]:
        """As a row of the table."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        measured = shown(self.value, self.unit)
        return (self.name, measured, self.limit_text, ratio, self.verdict, self.peer)


HEADINGS = ("what", "measured", "limit", "ratio", "verdict", "measured against")


def table(figures: list[Figure]) -> str:
    """Figures as aligned text."""
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(HEADINGS))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def shown(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {unit}".strip()
