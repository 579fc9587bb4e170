"""sqlglot's tree to the typed tree: names become typed columns, literals take their types.

Every sqlglot class has one reader; a class, or an argument of one, that no reader knows makes the
rule opaque. Nothing is read approximately.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ormthesis.rules import read_logic as logic
from ormthesis.rules import read_patterns as patterns
from ormthesis.rules import read_values as values
from ormthesis.rules.casts import convert_untyped
from ormthesis.rules.comparison import require_plain_equality
from ormthesis.rules.range_operators import is_range
from ormthesis.rules.sql_types import TEXT
from ormthesis.rules.tree_reader import Reader, TreeReader
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ormthesis.rules.tree import Node

_K = TypeKind
_EQUAL_AS_IN_PYTHON = frozenset(
    {_K.BOOLEAN, _K.INTEGER, _K.NUMERIC, _K.FLOAT, _K.DATE, _K.TIMESTAMP, _K.UUID, _K.BYTES}
)


def read(tree: exp.Expression, types: Mapping[str, DataType]) -> Node:
    """The boolean expression over columns of these types.

    Raises:
        Unreadable: with the reason.
    """
    return TreeReader(types, _READERS).boolean(tree)


def read_any(tree: exp.Expression, types: Mapping[str, DataType]) -> Node:
    """An expression of any type.

    Raises:
        Unreadable: with the reason.
    """
    return convert_untyped(TreeReader(types, _READERS).node(tree), TEXT)


def read_value(tree: exp.Expression, types: Mapping[str, DataType]) -> Node:
    """An expression of any type whose values are equal where PostgreSQL finds them equal.

    Raises:
        Unreadable: with the reason.
    """
    node = read_any(tree, types)
    if node.type.kind not in _EQUAL_AS_IN_PYTHON and not is_range(node.type):
        require_plain_equality(node.type)
    return node


def _readers() -> dict[type[Any], Reader]:
    """By name, since the set of classes varies between versions of sqlglot."""
    comparisons = {"EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
    operators = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Mod": "%"}
    operators |= {"BitwiseAnd": "&", "BitwiseOr": "|", "BitwiseXor": "#"}
    named: dict[str, Reader] = {
        "Paren": logic.read_paren,
        "Column": logic.read_column,
        "Literal": logic.read_literal,
        "Boolean": logic.read_truth_value,
        "Null": lambda reader, tree: logic.UNKNOWN,
        "And": logic.read_and,
        "Or": logic.read_or,
        "Not": logic.read_not,
        **{name: partial(logic.read_compare, op) for name, op in comparisons.items()},
        "Is": logic.read_is,
        "NullSafeNEQ": partial(logic.read_distinct, False),
        "NullSafeEQ": partial(logic.read_distinct, True),
        "Between": logic.read_between,
        "In": logic.read_in,
        **{name: partial(values.read_arithmetic, op) for name, op in operators.items()},
        "Neg": values.read_negative,
        "DPipe": values.read_concatenation,
        "Cast": values.read_cast,
        "Interval": values.read_interval,
        "Case": logic.read_case,
        "Collate": patterns.read_collate,
        "Like": partial(patterns.read_like, False),
        "ILike": partial(patterns.read_like, True),
        "RegexpLike": partial(patterns.read_regular, False),
        "RegexpILike": partial(patterns.read_regular, True),
        "SimilarTo": patterns.read_similar,
        "Escape": patterns.read_escape,
        "StartsWith": values.read_starts_with,
        "JSONExtract": partial(values.read_json_member, False),
        "JSONExtractScalar": partial(values.read_json_member, True),
        "JSONBContainsTopKey": partial(values.read_json_test, "?"),
        "JSONBContainsAllTopKeys": partial(values.read_json_keys, "?&"),
        "JSONBContainsAnyTopKeys": partial(values.read_json_keys, "?|"),
        "JSONBExtract": partial(values.read_json_path, False),
        "JSONBExtractScalar": partial(values.read_json_path, True),
        "ArrayContainsAll": partial(values.read_containment, "@>"),
        "ArrayContainedBy": partial(values.read_containment, "<@"),
        "ArrayOverlaps": partial(values.read_containment, "&&"),
        "Array": values.read_array,
        "Bracket": values.read_subscript,
        "Pow": values.read_renamed("power", "this", "expression"),
        "AtTimeZone": values.read_time_zone,
        "Lambda": values.read_lambda,
        "Anonymous": values.read_named,
        "Trim": values.read_trim,
        "Extract": values.read_extract,
        "Substring": values.read_renamed("substring", "this", "start", "length"),
        "StrPosition": values.read_renamed("strpos", "this", "substr"),
        "Ceil": values.read_renamed("ceil", "this"),
        "Floor": values.read_renamed("floor", "this"),
    }
    return {getattr(exp, name): reader for name, reader in named.items() if hasattr(exp, name)}


_READERS = _readers()
