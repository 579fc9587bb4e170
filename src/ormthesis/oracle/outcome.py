"""What happens to a case: predicted by the oracle, observed by persistence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ormthesis.generation.graph import EntityRef

DATA_EXCEPTION = "22"
"""The class of nearly all errors that expressions raise."""

StoredRow = Mapping[str, Any]
"""Column name to the value as the database holds it: a label, not an enum member."""


class RejectionKind(str, Enum):
    """PostgreSQL's condition names, and two that are not the server's."""

    NOT_NULL_VIOLATION = "not_null_violation"
    UNIQUE_VIOLATION = "unique_violation"
    FOREIGN_KEY_VIOLATION = "foreign_key_violation"
    RESTRICT_VIOLATION = "restrict_violation"
    CHECK_VIOLATION = "check_violation"
    EXCLUSION_VIOLATION = "exclusion_violation"
    STRING_DATA_RIGHT_TRUNCATION = "string_data_right_truncation"
    STRING_DATA_LENGTH_MISMATCH = "string_data_length_mismatch"
    NUMERIC_VALUE_OUT_OF_RANGE = "numeric_value_out_of_range"
    INVALID_TEXT_REPRESENTATION = "invalid_text_representation"
    OTHER = "other"  # the server, with another condition
    DRIVER = "driver"  # refused before the server
    MODEL = "model"  # the ORM or a validator raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """The database said no.

    `constraint`, `table` and `column` are as the server names them; `rule` is the id of the
    declared constraint that they resolve to through the catalog, where they resolve.
    """

    kind: RejectionKind
    message: str
    sqlstate: str | None = None
    constraint: str | None = None
    table: str | None = None
    column: str | None = None
    rule: str | None = None
    function: str | None = None
    """Where in a function of the database it was raised, such as a trigger's, in its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Rows by their graph-local labels, and the pairs that each relationship relates."""

    rows: Mapping[EntityRef, StoredRow]
    links: Mapping[str, frozenset[tuple[EntityRef, EntityRef]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """How an invariant of the user's does not hold in a state that the database accepted."""

    what: str
    """Such as `is false for order#0`."""
    message: str = ""
    """What was asserted or raised, in its own words, and where."""
    raised: str = ""
    """The class of an error that is no failed assertion."""
    rows: tuple[Mapping[str, str], ...] = ()
    """What a query returned that should return nothing, as text: the first of the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """`views` are further looks at the same rows, such as the session's and a new session's.

    `spoken` are values that listeners of the models gave the objects before they were written.
    `breaches` are the invariants of the user's that were asked and do not hold, by id.

    As a prediction, `unless` are rules that the oracle cannot decide, because they read a value
    that the declarations leave open: a refusal by one of them proves nothing. `errors` are those
    that expressions may raise: sqlstates, or classes of them where the value is not known.
    """

    state: State
    views: Mapping[str, State] = field(default_factory=dict)
    spoken: Mapping[EntityRef, StoredRow] = field(default_factory=dict)
    breaches: Mapping[str, Breach] = field(default_factory=dict)
    unless: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    rejection: Rejection


Outcome = Accepted | Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The predicted rejection: any of these rules may fire, no other.

    Or an expression raises one of the errors, as of `Accepted`.
    """

    rules: frozenset[str]
    errors: frozenset[str] = frozenset()
    clashing: frozenset[str] = frozenset()
    """Those of the rules that a declared SET NULL breaks: the declarations contradict each other.
    """


Prediction = Accepted | Refusal


class Unspecified(Enum):
    """Predicted values that the declarations leave open."""

    ANY = "any value"
    NOT_NULL = "any value but NULL"
