"""Invariants in a module of their own, from the command line: found, saved, printed, replayed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.tester.databases import new_database

if TYPE_CHECKING:
    from pathlib import Path

    from ormthesis.persistence.provisioning.run import Run

SHOP = """
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list["Line"]] = relationship(back_populates="order")


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"))
    amount: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="lines")
"""

HOOKS = """
import sqlalchemy as sa
import ormthesis
from shop import Line, Order


@ormthesis.invariant(Order)
def no_negative_line(order):
    \"\"\"No order has a line below zero.\"\"\"
    assert all(line.amount >= 0 for line in order.lines)


@ormthesis.session_invariant(Line)
def at_most_one_line(session):
    return len(session.scalars(sa.select(Line)).all()) < 2


@ormthesis.query_invariant(Line)
def no_line_above_ten():
    return sa.select(Line.order_id, Line.amount).where(Line.amount > 10)


@ormthesis.query_invariant(Line)
def no_large_order():
    return "SELECT order_id FROM lines WHERE '%' <> ':x' GROUP BY 1 HAVING count(*) > 2"
"""
NAMES = ("no_negative_line", "at_most_one_line", "no_line_above_ten", "no_large_order")
REPAIRED = (
    HOOKS.replace("amount >= 0", "amount is not None")
    .replace("< 2", "< 200")
    .replace("Line.amount > 10", "Line.amount.is_(None)")
    .replace("count(*) > 2", "count(*) > 200")
)
BROKEN = HOOKS.replace("SELECT order_id", "SELECT nothing")

# Each failure's Python script, with its file's name, and its SQL.
_PRINTED = re.compile(
    r"^# Python script: (\S+)\n(.*?)\n-- SQL: \S+\n(.*?)(?=^Cause |^Constraints)",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Ran:
    code: int
    output: str


@pytest.fixture
def shop(tmp_path: Path, run: Run) -> Shop:
    found = Shop(tmp_path, run.server_url.render_as_string(hide_password=False))
    found.write("shop.py", SHOP)
    found.write("hooks.py", HOOKS)
    return found


class Shop:
    """A folder with models and hooks, and the command line in it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def python(self, *arguments: str) -> Ran:
        environment = {**os.environ, "ORMTHESIS_URL": self.url, "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        return Ran(code=done.returncode, output=done.stdout + done.stderr)

    def ormthesis(self, *arguments: str) -> Ran:
        return self.python("-c", "from ormthesis.cli import main; main()", *arguments)


@pytest.mark.slow
def test_from_the_run_to_the_repair(shop: Shop, run: Run) -> None:
    options = ("--hooks", "hooks", "--seed", "1")
    found = shop.ormthesis("run", "shop:Base", *options, "--checks", ",".join(NAMES))
    assert found.code == 1, found.output
    assert all(f"{name} does not hold" in found.output for name in NAMES)

    printed = _PRINTED.findall(found.output)
    assert len(printed) == len(NAMES)
    for name, script, _ in printed:
        shop.write(name, script)
        again = shop.python("-W", "error", name, shop.url)
        assert (again.code, "\nREPRODUCED: " in again.output) == (1, True), again.output
    returned = [row for _, _, sql in printed for row in asked_in_sql(run, shop, sql)]
    assert sorted(returned) == [(1,), (1, 11)]

    assert totals(shop) == (1, "0 FIXED, 4 FAILED, 0 ERROR")
    shop.write("hooks.py", BROKEN)
    assert totals(shop) == (2, "0 FIXED, 3 FAILED, 1 ERROR")
    shop.write("hooks.py", REPAIRED)
    assert totals(shop) == (0, "4 FIXED, 0 FAILED, 0 ERROR")
    for name, _, _ in printed:
        assert shop.python(name, shop.url).code == 0
    shop.write("hooks.py", "")
    assert totals(shop) == (2, "0 FIXED, 0 FAILED, 4 ERROR")


def totals(shop: Shop) -> tuple[int, str]:
    """Exit code and last line of a replay."""
    replayed = shop.ormthesis("replay", "--hooks", "hooks", "-q")
    return replayed.code, replayed.output.splitlines()[-1]


def asked_in_sql(run: Run, shop: Shop, text: str) -> list[tuple[object, ...]]:
    """The rows that the SELECT of a printed SQL script returns."""
    with new_database(run, "asked") as database:
        url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        made = "from sqlalchemy import create_engine; from shop import Base; import sys; "
        made += "Base.metadata.create_all(create_engine(sys.argv[1]))"
        shop.python("-c", made, url.replace("postgresql:", "postgresql+psycopg:"))
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(text)
            rows: list[tuple[object, ...]] = []
            while True:
                rows += cursor.fetchall() if cursor.description else []
                if not cursor.nextset():
                    return rows


def test_names_are_chosen_like_those_of_built_in_checks(shop: Shop) -> None:
    found = shop.ormthesis("run", "shop:Base", "--hooks", "hooks", "--checks", "no_smal_order")
    assert found.code == 2
    assert "Did you mean 'no_large_order'?" in found.output
    found = shop.ormthesis(
        "run", "shop:Base", "--hooks", "hooks", "--exclude-checks", "no_*,at_*", "-m", "positive"
    )
    assert found.code == 0, found.output


def test_a_hook_that_cannot_be_used_is_one_message(shop: Shop) -> None:
    for text, said in (
        ("import ormthesis\n@ormthesis.invariant\ndef f(order): pass", "told that it is about f"),
        ("1 / 0", "Importing 'hooks' raised ZeroDivisionError"),
    ):
        shop.write("hooks.py", text)
        found = shop.ormthesis("run", "shop:Base", "--hooks", "hooks")
        assert found.code == 2
        assert said in found.output
        assert "Traceback" not in found.output
    assert "No module named 'hoks'" in shop.ormthesis("run", "shop:Base", "--hooks", "hoks").output
