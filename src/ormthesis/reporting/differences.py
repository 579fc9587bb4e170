"""Predicted against observed state, one line per column, row or relationship."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ormthesis.reporting.values import show, show_row

if TYPE_CHECKING:
    from ormthesis.oracle.judge import Difference


def difference_line(item: Difference) -> str:
    """`book#0.title: predicted 'a', observed NULL (seen in the session)`."""
    view = "" if item.view == "database" else f" (seen in the {item.view})"
    where = ".".join(str(part) for part in (item.ref, item.column) if part is not None)
    return f"{where}: {_what(item)}{view}"


def _what(item: Difference) -> str:
    if item.ref is None:
        return f"missing {show(item.expected)}, extra {show(item.actual)}"
    if item.column is not None:
        return f"predicted {show(item.expected)}, observed {show(item.actual)}"
    if item.actual is None:
        return f"predicted to be there, and is not ({show_row(item.expected)})"
    return f"predicted not to be there, and is ({show_row(item.actual)})"
