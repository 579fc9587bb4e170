"""The settings of a run: parsed once, checked at once, then frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


class Phase(str, Enum):
    EXPLICIT = "explicit"  # saved reproductions, replayed first
    BOUNDARY = "boundary"  # enumerated edges and subsets
    RANDOM = "random"  # drawn by Hypothesis


class Mode(str, Enum):
    """Which cases a run generates."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    ALL = "all"


class SchemaSource(str, Enum):
    """Where the database under test comes from."""

    CREATE = "create"  # a private one, made from the declarations
    EXISTING = "existing"  # the one that `url` names, as it is


DEFAULT_MAX_EXAMPLES = 30
DEFAULT_REPRODUCTIONS = Path(".hypothesis/reproductions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One run's settings. Names in `checks` and `models` are checked against what exists later,
    where it is known (`engine.plan`)."""

    target: str
    """What messages and files call it: without a password where it is a database."""
    catalog: str | None = field(default=None, repr=False)
    """The URL of the live database that is the target, where it is one; it may hold a password."""
    schema: SchemaSource = SchemaSource.CREATE
    seed_sql: Path | None = None
    """Statements that fill a private database after its tables are made."""
    prepare: str | None = None
    """`package.module:function`, called with a connection to the same end."""
    url: str | None = field(default=None, repr=False)
    """A server; None starts the embedded one. It may hold a password, so no message shows it.

    Its database is under test where `schema` says so, and else left alone."""
    binaries: str | None = None
    """A package or directory of PostgreSQL binaries for the embedded server."""
    factories: str | None = None
    hooks: str | None = None
    """A module that is imported for what it registers: invariants, types."""
    max_examples: int = DEFAULT_MAX_EXAMPLES
    seed: int | None = None
    phases: tuple[Phase, ...] = tuple(Phase)
    mode: Mode = Mode.ALL
    checks: tuple[str, ...] = ()
    """Names or shell globs, as in the three below; empty means all."""
    exclude_checks: tuple[str, ...] = ()
    include_models: tuple[str, ...] = ()
    exclude_models: tuple[str, ...] = ()
    baseline: Path | None = None
    reproductions: Path = DEFAULT_REPRODUCTIONS
