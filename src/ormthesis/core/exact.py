"""Decimal arithmetic that never rounds: Python's own keeps 28 digits, PostgreSQL up to 147,455."""

from __future__ import annotations

from decimal import Context, Decimal

EXACT = Context(prec=150_000, Emax=200_000, Emin=-200_000)


def stepped(start: int | Decimal, step: int | Decimal, count: int) -> int | Decimal:
    """`start + count * step`."""
    if isinstance(start, Decimal) or isinstance(step, Decimal):
        return EXACT.add(Decimal(start), EXACT.multiply(Decimal(step), Decimal(count)))
    return start + step * count
