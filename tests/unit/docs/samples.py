"""Samples of the documentation: a page's code is run, and what is reported is its text."""

from __future__ import annotations

import re
import shlex
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from ormthesis.config.settings import Config
from ormthesis.engine.plan import plan
from ormthesis.engine.session import open_world, read_declarations
from ormthesis.engine.setup import creator
from ormthesis.engine.unit import run_unit
from ormthesis.invariants.registry import builtin
from ormthesis.reporting.findings import finding
from ormthesis.schema.claims import claims_of
from tests.unit.docs.pages import DOCS, INVARIANTS, blocks, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ormthesis.persistence.provisioning.run import Database

MODULE = "shop"
EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
EXAMPLES = 14
SEED = 1


PAGES = (
    DOCS / "tutorial.md",
    DOCS / "reference" / "user-invariants.md",
    *(INVARIANTS / f"{invariant}.md" for invariant in builtin()),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a page shows: the models, the command and the report of a failure."""

    code: str
    command: str
    report: str

    @property
    def config(self) -> Config:
        """The command's options, with a seed."""
        words = shlex.split(self.command)
        options = dict(zip(words[4::2], words[5::2], strict=True))
        return Config(
            target=words[3],
            checks=tuple(options.get("--checks", "").split()),
            factories=options.get("--factories"),
            max_examples=EXAMPLES,
            seed=SEED,
        )


def documented(page: Path) -> Sample:
    """The page's first code, its first command `ormthesis run` and its first report."""
    text = read(page)
    commands = [block for block in blocks(text, "console") if block.startswith("$ ormthesis run")]
    return Sample(
        code=blocks(text, "python")[0], command=commands[0], report=blocks(text, "text")[0]
    )


def reports(sample: Sample, database: Database) -> list[str]:
    """What the command reports about the models, without the scripts.

    The database is empty before and afterwards.
    """
    with _imported(sample.code), _emptied(database):
        return list(_reports(sample.config, database))


def _reports(config: Config, database: Database) -> Iterator[str]:
    models, context = read_declarations(config)
    creator(models)(database.engine(poolclass=NullPool))
    with open_world(models, context, database) as world:
        for unit in plan(context, config, claims_of(models).values()):
            for failure in run_unit(world, unit, config, seed=SEED).failures:
                text = finding(failure, models, config).text(80)
                yield without_addresses(text.partition("\n# Python script")[0].rstrip() + "\n")


def without_addresses(text: str) -> str:
    """Objects without a `repr` of their own show where they lie in memory."""
    return re.sub(r"0x[0-9a-f]{6,}", "0x7f0000000000", text)


@contextmanager
def _imported(code: str) -> Iterator[None]:
    """The models as a module: SQLAlchemy looks names in annotations up there."""
    module = ModuleType(MODULE)
    sys.modules[MODULE] = module
    try:
        exec(compile(code, f"{MODULE}.py", "exec"), vars(module))
        yield
    finally:
        del sys.modules[MODULE]


@contextmanager
def _emptied(database: Database) -> Iterator[None]:
    try:
        yield
    finally:
        engine = database.engine(poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text(EMPTY))
