"""Comparisons that a domain, a relation, a length or a pattern says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ormthesis.rules.branch import Branch, Relation, of_domain, of_relation
from ormthesis.rules.comparison import WITH_NAN
from ormthesis.rules.domain import NOT_NULL, Domain, Nullness
from ormthesis.rules.linear import (
    Linear,
    Unsolved,
    add_offsets,
    compared_domain,
    constant_minus,
    linear,
    natural,
    negated_offset,
)
from ormthesis.rules.tree import Call, ColumnRef, Literal, Node
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from ormthesis.rules.combine import Branches

_K = TypeKind
_SHIFTED = frozenset({_K.INTEGER, _K.NUMERIC, _K.DATE, _K.TIMESTAMP, _K.INTERVAL})
_ORDERED = _SHIFTED | {_K.FLOAT, _K.TIME, _K.UUID}
_EQUATED = frozenset({_K.TEXT, _K.ENUM, _K.BYTES})
_FOLDED = {
    "lower": r"(?s)\A[^A-Z]*\Z",  # evaluating has the last word on other letters
    "upper": r"(?s)\A[^a-z]*\Z",
    "btrim": r"(?s)\A(?:[^ ](?:.*[^ ])?)?\Z",
    "ltrim": r"(?s)\A(?:[^ ].*)?\Z",
    "rtrim": r"(?s)\A(?:.*[^ ])?\Z",
}
_TRIMS = frozenset({"btrim", "ltrim", "rtrim"})
_BLANK, _NOT_BLANK = r"\A *\Z", "[^ ]"


def compared_branches(node: Call) -> Branches | None:
    """Where a comparison, whose constant if any stands right, is true; None where unsolved.

    Raises:
        Unsolved: likewise.
    """
    left, right = node.args
    if isinstance(right, Literal):
        return None if right.value is None else _with_constant(node, left, right.value)
    first, second = linear(left), linear(right)
    if first is not None and second is not None:
        return _columns(node.name, first, second)
    if first is not None and second is None:
        return _unchanged(node.name, first, right)
    if second is not None:
        return _unchanged(node.name, second, left)
    return None


def _with_constant(node: Call, left: Node, value: Any) -> Branches | None:
    simple = linear(left)
    if simple is not None:
        column, offset = simple
        assert node.function is not None
        moved = constant_minus(value, offset, column.type)
        domain = compared_domain(column.type, node.name, moved, node.function)
        return () if domain is None else (of_domain(column.name, domain),)
    if not isinstance(left, Call):
        return None
    if left.name == "-":
        return _difference(node.name, left, value)
    if left.name == "length" and isinstance(value, int):
        return _length(node.name, left.args[0], value)
    return _trimmed(node.name, left) if value == "" else None


def _columns(op: str, left: Linear, right: Linear) -> Branches | None:
    first, second = left[0], right[0]
    offset = add_offsets(right[1], negated_offset(left[1]))
    if first.name == second.name:
        return _same_column(op, first, offset)
    if not _comparable(op, first.type, second.type):
        return None
    kind = first.type.kind
    if offset is not None and (
        kind not in _SHIFTED or (kind is _K.INTEGER and int(offset) != offset)
    ):
        return None
    whole = int(offset) if offset is not None and kind is _K.INTEGER else offset
    relation = Relation(left=first.name, op=op, right=second.name, offset=whole, kind=kind)
    return (of_relation(relation),)


def _same_column(op: str, column: ColumnRef, offset: Any) -> Branches | None:
    if offset is not None:
        if column.type.kind not in (_K.INTEGER, _K.DATE, _K.TIMESTAMP, _K.INTERVAL):
            return None
        zero = type(offset)()
        return (of_domain(column.name, NOT_NULL),) if WITH_NAN[op](zero, offset) else ()
    return (of_domain(column.name, NOT_NULL),) if "=" in op else ()


def _comparable(op: str, left: DataType, right: DataType) -> bool:
    """Whether Python's comparison of values as drawn is PostgreSQL's of values as stored."""
    if left.kind is not right.kind or left.timezone != right.timezone:
        return False
    if left.kind is _K.FLOAT:
        return left.bits == right.bits == 64
    if left.kind in _ORDERED:
        return True
    return left.kind in _EQUATED and op in ("=", "<>") and not (left.fixed or right.fixed)


def _difference(op: str, left: Call, value: Any) -> Branches | None:
    """`a - b >= constant`, for dates and timestamps, whose differences are exact."""
    first, second = (linear(arg) for arg in left.args)
    if first is None or second is None or first[0].type.kind not in (_K.DATE, _K.TIMESTAMP):
        return None
    if first[0].name == second[0].name:
        return None
    if isinstance(value, tuple) or not _comparable(op, first[0].type, second[0].type):
        return None
    return _columns(op, first, (second[0], add_offsets(second[1], value)))


def _length(op: str, node: Node, value: int) -> Branches | None:
    if not isinstance(node, ColumnRef):
        return _trimmed_length(op, node, value) if isinstance(node, Call) else None
    if node.type.fixed:
        return None
    if op == "<>":
        return (*(_length("<", node, value) or ()), *(_length(">", node, value) or ()))
    low = value + (op == ">") if op in (">", ">=", "=") else 0
    high = value - (op == "<") if op in ("<", "<=", "=") else None
    if high is not None and high < 0:
        return ()
    shape = Domain(null=Nullness.MUST_NOT, min_length=max(low, 0), max_length=high)
    domain = shape.intersect(natural(node.type))
    return () if domain is None else (of_domain(node.name, domain),)


def _trimmed(op: str, node: Call) -> Branches | None:
    """`trim(x) <> ''`: something other than blanks."""
    text = _trimmed_column(node)
    if text is None or op not in ("=", "<>"):
        return None
    return (_shaped(text, _BLANK if op == "=" else _NOT_BLANK),)


def _trimmed_length(op: str, node: Call, value: int) -> Branches | None:
    text = _trimmed_column(node)
    if text is None:
        return None
    if (op, value) in ((">", 0), (">=", 1), ("<>", 0)):
        return (_shaped(text, _NOT_BLANK),)
    if (op, value) in (("=", 0), ("<", 1), ("<=", 0)):
        return (_shaped(text, _BLANK),)
    return None


def _trimmed_column(node: Call) -> ColumnRef | None:
    text = node.args[0] if node.args else None
    blanks = len(node.args) == 1 or (
        isinstance(node.args[1], Literal) and node.args[1].value == " "
    )
    if node.name in _TRIMS and blanks and isinstance(text, ColumnRef) and not text.type.fixed:
        return text
    return None


def _shaped(column: ColumnRef, pattern: str) -> Branch:
    domain = Domain(null=Nullness.MUST_NOT, patterns=(pattern,), max_length=column.type.length)
    return of_domain(column.name, domain)


def _unchanged(op: str, column: Linear, other: Node) -> Branches | None:
    """`x = lower(x)` and the like; `<>` stays residual."""
    if op != "=" or not isinstance(other, Call) or len(other.args) != 1:
        return None
    (inner,) = other.args
    if not isinstance(inner, ColumnRef) or inner.name != column[0].name or inner.type.fixed:
        return None
    pattern = _FOLDED.get(other.name)
    if pattern is None:
        raise Unsolved
    return (_shaped(inner, pattern),)
