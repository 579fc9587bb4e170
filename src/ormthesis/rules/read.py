"""sqlglot's tree to the typed tree: names become typed columns, literals take their types.

Every sqlglot class has one reader; a class, or an argument of one, that no reader knows makes the
rule opaque. Nothing is read approximately.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from sqlglot import exp

from ormthesis.rules import arithmetic as compute
from ormthesis.rules import patterns
from ormthesis.rules.arrays import quantified
from ormthesis.rules.casts import cast, convert_untyped
from ormthesis.rules.comparison import ordered, require_plain_equality, unified
from ormthesis.rules.conditional import read_case
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.functions import function
from ormthesis.rules.membership import membership
from ormthesis.rules.sql_types import (
    BIGINT,
    BOOLEAN,
    BYTE_ORDER,
    INTEGER,
    INTERVAL,
    NUMERIC,
    TEXT,
    UNTYPED,
    as_expression_type,
    is_untyped,
    named_type,
)
from ormthesis.rules.tree import (
    FALSE,
    TRUE,
    Call,
    ColumnRef,
    Literal,
    Node,
    call,
    conjunction,
    disjunction,
    is_null,
    negation,
    truth,
)
from ormthesis.schema.types import DataType, TypeKind

_UNKNOWN = Literal(value=None, type=UNTYPED)
# Words that PostgreSQL never reads as a column unless they are quoted.
_RESERVED = frozenset(
    [
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "default",
        "localtime",
        "localtimestamp",
        "session_user",
        "system_user",
        "user",
    ]
)


def read(tree: exp.Expression, types: Mapping[str, DataType]) -> Node:
    """The boolean expression over columns of these types.

    Raises:
        Unreadable: with the reason.
    """
    return TreeReader(types).boolean(tree)


class TreeReader:
    """Reads one rule of one table."""

    def __init__(self, types: Mapping[str, DataType]) -> None:
        self.types = types

    def node(self, tree: Any) -> Node:
        reader = _READERS.get(type(tree))
        if reader is None:
            raise Unreadable(f"{type(tree).__name__}: {_shown(tree)}")
        return reader(self, tree)

    def boolean(self, tree: Any) -> Node:
        node = convert_untyped(self.node(tree), BOOLEAN)
        if node.type.kind is not TypeKind.BOOLEAN:
            raise Unreadable(f"{_shown(tree)} is not boolean")
        return node

    def text(self, tree: Any) -> Node:
        node = convert_untyped(self.node(tree), TEXT)
        if node.type.kind is not TypeKind.TEXT or node.type.fixed:
            raise Unreadable(f"a pattern on {node.type.name}")
        require_plain_equality(node.type)
        return node

    def constant_text(self, tree: Any) -> str | None:
        node = convert_untyped(self.node(tree), TEXT)
        if isinstance(node, Literal) and (node.value is None or isinstance(node.value, str)):
            return node.value
        raise Unreadable("a pattern that is not constant")


Reader = Callable[[TreeReader, Any], Node]


def _shown(tree: Any) -> str:
    return tree.sql(dialect="postgres") if isinstance(tree, exp.Expression) else str(tree)


def _only(tree: Any, *known: str) -> None:
    """Refuse arguments that the reader does not know."""
    for name, value in tree.args.items():
        if value not in (None, False, []) and name not in known:
            raise Unreadable(f"{name} in {_shown(tree)}")


def _paren(reader: TreeReader, tree: exp.Paren) -> Node:
    return reader.node(tree.this)


def _column(reader: TreeReader, tree: exp.Column) -> Node:
    identifier = tree.this
    if not isinstance(identifier, exp.Identifier):
        raise Unreadable(_shown(tree))
    quoted = bool(identifier.args.get("quoted"))
    name = identifier.name if quoted else identifier.name.lower()
    if name not in reader.types or (name in _RESERVED and not quoted):
        raise Unreadable(f"{name} is not a column of the table")
    return ColumnRef(name=name, type=as_expression_type(reader.types[name]))


def _literal(reader: TreeReader, tree: exp.Literal) -> Node:
    if tree.is_string:
        return Literal(value=tree.this, type=UNTYPED)
    if not tree.this.isdecimal():
        return Literal(value=Decimal(tree.this), type=NUMERIC)
    number = int(tree.this)
    for data_type in (INTEGER, BIGINT):
        if number <= data_type.integer_bounds[1]:
            return Literal(value=number, type=data_type)
    return Literal(value=Decimal(number), type=NUMERIC)


def _truth_value(reader: TreeReader, tree: exp.Boolean) -> Node:
    return TRUE if tree.this else FALSE


def _and(reader: TreeReader, tree: exp.And) -> Node:
    return conjunction(reader.boolean(tree.this), reader.boolean(tree.expression))


def _or(reader: TreeReader, tree: exp.Or) -> Node:
    return disjunction(reader.boolean(tree.this), reader.boolean(tree.expression))


def _not(reader: TreeReader, tree: exp.Not) -> Node:
    return negation(reader.boolean(tree.this))


def _compare(op: str, reader: TreeReader, tree: exp.Binary) -> Node:
    _only(tree, "this", "expression")
    found = quantified(reader, tree.expression)
    if found is not None:
        items, combine = found
        if op == "=" and combine is disjunction:
            return membership(reader.node(tree.this), items)
        if op == "<>" and combine is conjunction:
            return negation(membership(reader.node(tree.this), items))
        left = reader.node(tree.this)
        return combine(*(ordered(left, item, op) for item in items))
    return ordered(reader.node(tree.this), reader.node(tree.expression), op)


def _is(reader: TreeReader, tree: exp.Is) -> Node:
    _only(tree, "this", "expression", "negate")
    result = _is_plain(reader, tree)
    return negation(result) if tree.args.get("negate") else result


def _is_plain(reader: TreeReader, tree: exp.Is) -> Node:
    if isinstance(tree.expression, exp.Null):
        node = reader.node(tree.this)
        return is_null(convert_untyped(node, TEXT) if is_untyped(node.type) else node)
    if isinstance(tree.expression, exp.Boolean):
        return truth(reader.boolean(tree.this), frozenset({bool(tree.expression.this)}))
    raise Unreadable(_shown(tree))


def _distinct(negated: bool, reader: TreeReader, tree: exp.Binary) -> Node:
    _only(tree, "this", "expression")
    for this, other in ((tree.this, tree.expression), (tree.expression, tree.this)):
        if isinstance(other, exp.Null):
            tested = is_null(convert_untyped(reader.node(this), TEXT))
            return tested if negated else negation(tested)
    left, right = unified(reader.node(tree.this), reader.node(tree.expression))
    equal = ordered(left, right, "=")
    if isinstance(equal, Literal):
        equal = Call(name="=", args=(left, right), function=lambda a, b: a == b)
    result = (
        Call(name="distinct", args=equal.args, function=equal.function)
        if isinstance(equal, Call)
        else equal
    )
    return negation(result) if negated else result


def _between(reader: TreeReader, tree: exp.Between) -> Node:
    _only(tree, "this", "low", "high", "symmetric")
    value, low, high = (reader.node(tree.args[part]) for part in ("this", "low", "high"))
    inside = _within(value, low, high)
    if not tree.args.get("symmetric"):
        return inside
    return disjunction(inside, _within(value, high, low))


def _within(value: Node, low: Node, high: Node) -> Node:
    return conjunction(ordered(value, low, ">="), ordered(value, high, "<="))


def _in(reader: TreeReader, tree: exp.In) -> Node:
    _only(tree, "this", "expressions")
    return membership(reader.node(tree.this), [reader.node(item) for item in tree.expressions])


def _arithmetic(op: str, reader: TreeReader, tree: exp.Binary) -> Node:
    _only(tree, "this", "expression", "typed", "safe")
    return compute.arithmetic(op, reader.node(tree.this), reader.node(tree.expression))


def _negative(reader: TreeReader, tree: exp.Neg) -> Node:
    return compute.negative(reader.node(tree.this))


def _concatenation(reader: TreeReader, tree: exp.DPipe) -> Node:
    return compute.concatenation(reader.node(tree.this), reader.node(tree.expression))


def _cast(reader: TreeReader, tree: exp.Cast) -> Node:
    _only(tree, "this", "to")
    return cast(reader.node(tree.this), named_type(tree.args["to"], reader.types.values()))


def _interval(reader: TreeReader, tree: exp.Interval) -> Node:
    _only(tree, "this", "unit")
    if not isinstance(tree.this, exp.Literal):
        raise Unreadable(_shown(tree))
    unit = tree.args.get("unit")
    if unit is not None and not isinstance(unit, exp.Var):
        raise Unreadable(_shown(tree))
    text = f"{tree.this.this} {unit.name}" if unit is not None else tree.this.this
    return convert_untyped(Literal(value=text, type=UNTYPED), INTERVAL)


def _case(reader: TreeReader, tree: exp.Case) -> Node:
    _only(tree, "this", "ifs", "default")
    optional = [
        reader.node(part) if (part := tree.args.get(name)) is not None else None
        for name in ("this", "default")
    ]
    arms = [(reader.node(arm.this), reader.node(arm.args["true"])) for arm in tree.args["ifs"]]
    return read_case(optional[0], arms, optional[1])


def _collate(reader: TreeReader, tree: exp.Collate) -> Node:
    """An explicit collation matters to the order alone; it travels in the type's name."""
    node = reader.text(tree.this)
    name = tree.expression.name
    if name not in BYTE_ORDER:
        raise Unreadable(f"collation {name}")
    data_type = DataType(kind=TypeKind.TEXT, name=f'text COLLATE "{name}"')
    return call("collate", (node,), data_type, lambda value: value)


def _like(ignore_case: bool, reader: TreeReader, tree: exp.Binary, escape: str = "\\") -> Node:
    _only(tree, "this", "expression", "negate")
    text, pattern = reader.text(tree.this), tree.expression
    negate = bool(tree.args.get("negate"))
    if isinstance(pattern, exp.Anonymous) and pattern.name.lower() == "like_escape":
        pattern, escape = _like_escape(reader, pattern)
    build = partial(patterns.like, ignore_case=ignore_case, escape=escape)
    found = quantified(reader, pattern)
    if found is None:
        return _match(text, reader.constant_text(pattern), build, negate=negate)
    items, combine = found
    return combine(*(_match(text, _text_of(item), build, negate=negate) for item in items))


def _like_escape(reader: TreeReader, tree: exp.Anonymous) -> tuple[Any, str]:
    """The arguments of what pg_get_constraintdef prints for LIKE ... ESCAPE."""
    if len(tree.expressions) != 2:
        raise Unreadable(_shown(tree))
    return tree.expressions[0], _escape_char(reader, tree.expressions[1])


def _escape_char(reader: TreeReader, tree: Any) -> str:
    char = reader.constant_text(tree)
    if char is None or len(char) > 1:
        raise Unreadable(f"escape {_shown(tree)}")
    return char


def _text_of(item: Node) -> str | None:
    node = convert_untyped(item, TEXT)
    if isinstance(node, Literal) and (node.value is None or isinstance(node.value, str)):
        return node.value
    raise Unreadable("a pattern that is not constant")


def _match(
    text: Node,
    pattern: str | None,
    build: Callable[[str], patterns.Matcher],
    *,
    negate: bool = False,
) -> Node:
    if pattern is None:
        return Literal(value=None, type=BOOLEAN)
    matcher = build(pattern)
    fails = matcher.trust is not patterns.Trust.ALWAYS
    result = call("match", (text,), BOOLEAN, matcher, fails=fails)
    return negation(result) if negate else result


def _regular(ignore_case: bool, reader: TreeReader, tree: exp.Binary) -> Node:
    _only(tree, "this", "expression")
    pattern = reader.constant_text(tree.expression)
    return _match(
        reader.text(tree.this), pattern, partial(patterns.regular, ignore_case=ignore_case)
    )


def _similar(reader: TreeReader, tree: exp.Binary, escape: str = "\\") -> Node:
    _only(tree, "this", "expression")
    pattern = reader.constant_text(tree.expression)
    return _match(reader.text(tree.this), pattern, partial(patterns.similar, escape=escape))


def _escape(reader: TreeReader, tree: exp.Escape) -> Node:
    char = _escape_char(reader, tree.expression)
    if isinstance(tree.this, exp.SimilarTo):
        return _similar(reader, tree.this, char)
    if isinstance(tree.this, (exp.Like, exp.ILike)):
        return _like(isinstance(tree.this, exp.ILike), reader, tree.this, char)
    raise Unreadable(_shown(tree))


def _starts_with(reader: TreeReader, tree: exp.StartsWith) -> Node:
    return function("starts_with", (reader.node(tree.this), reader.node(tree.expression)))


def _json_member(text: bool, reader: TreeReader, tree: exp.Binary) -> Node:
    _only(tree, "this", "expression", "only_json_types")
    key = _path_key(reader, tree.expression)
    return compute.json_member(reader.node(tree.this), key, text=text)


def _path_key(reader: TreeReader, tree: Any) -> Node:
    if not isinstance(tree, exp.JSONPath):
        return reader.node(tree)
    parts = tree.expressions
    if len(parts) == 2 and isinstance(parts[0], exp.JSONPathRoot):
        key = parts[1].args.get("this")
        if isinstance(parts[1], exp.JSONPathKey) and isinstance(key, str):
            return Literal(value=key, type=TEXT)
        if isinstance(parts[1], exp.JSONPathSubscript) and isinstance(key, int):
            return Literal(value=key, type=INTEGER)
    raise Unreadable(f"JSON path {_shown(tree)}")


def _json_test(op: str, reader: TreeReader, tree: exp.Binary) -> Node:
    _only(tree, "this", "expression")
    return compute.json_test(op, reader.node(tree.this), reader.node(tree.expression))


def _lambda(reader: TreeReader, tree: exp.Lambda) -> Node:
    """What sqlglot makes of `document -> 'key'` as an argument of a function."""
    names, key = tree.expressions, tree.this
    inner = key.this if isinstance(key, exp.Cast) else key
    if len(names) != 1 or not isinstance(inner, exp.Literal):
        raise Unreadable(_shown(tree))
    document = _column(reader, exp.Column(this=names[0]))
    return compute.json_member(document, reader.node(key), text=False)


def _named(reader: TreeReader, tree: exp.Anonymous) -> Node:
    name = tree.name.lower()
    if name == "similar_to_escape":
        texts = [reader.constant_text(arg) for arg in tree.expressions]
        if any(text is None for text in texts):
            return Literal(value=None, type=TEXT)
        return Literal(value=patterns.similar_to_regular(*[str(t) for t in texts]), type=TEXT)
    return function(name, tuple(reader.node(arg) for arg in tree.expressions))


def _renamed(name: str, *roles: str) -> Reader:
    """A class of its own in sqlglot for what is a plain function."""

    def run(reader: TreeReader, tree: exp.Expression) -> Node:
        _only(tree, *roles)
        args = [tree.args[role] for role in roles if tree.args.get(role) is not None]
        return function(name, tuple(reader.node(arg) for arg in args))

    return run


def _trim(reader: TreeReader, tree: exp.Trim) -> Node:
    _only(tree, "this", "expression", "position")
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(tree.args.get("position")), "btrim")
    args = [tree.this, tree.args.get("expression")]
    return function(name, tuple(reader.node(arg) for arg in args if arg is not None))


def _extract(reader: TreeReader, tree: exp.Extract) -> Node:
    _only(tree, "this", "expression")
    field = tree.this
    name = field.name if isinstance(field, exp.Var) else reader.constant_text(field)
    return function("date_part", (Literal(value=name, type=TEXT), reader.node(tree.expression)))


def _readers() -> dict[type[Any], Reader]:
    """By name, since the set of classes varies between versions of sqlglot."""
    comparisons = {"EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
    operators = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Mod": "%"}
    operators |= {"BitwiseAnd": "&", "BitwiseOr": "|", "BitwiseXor": "#"}
    named: dict[str, Reader] = {
        "Paren": _paren,
        "Column": _column,
        "Literal": _literal,
        "Boolean": _truth_value,
        "Null": lambda reader, tree: _UNKNOWN,
        "And": _and,
        "Or": _or,
        "Not": _not,
        **{name: partial(_compare, op) for name, op in comparisons.items()},
        "Is": _is,
        "NullSafeNEQ": partial(_distinct, False),
        "NullSafeEQ": partial(_distinct, True),
        "Between": _between,
        "In": _in,
        **{name: partial(_arithmetic, op) for name, op in operators.items()},
        "Neg": _negative,
        "DPipe": _concatenation,
        "Cast": _cast,
        "Interval": _interval,
        "Case": _case,
        "Collate": _collate,
        "Like": partial(_like, False),
        "ILike": partial(_like, True),
        "RegexpLike": partial(_regular, False),
        "RegexpILike": partial(_regular, True),
        "SimilarTo": _similar,
        "Escape": _escape,
        "StartsWith": _starts_with,
        "JSONExtract": partial(_json_member, False),
        "JSONExtractScalar": partial(_json_member, True),
        "JSONBContainsTopKey": partial(_json_test, "?"),
        "ArrayContainsAll": partial(_json_test, "@>"),
        "Lambda": _lambda,
        "Anonymous": _named,
        "Trim": _trim,
        "Extract": _extract,
        "Substring": _renamed("substring", "this", "start", "length"),
        "StrPosition": _renamed("strpos", "this", "substr"),
        "Ceil": _renamed("ceil", "this"),
        "Floor": _renamed("floor", "this"),
    }
    return {getattr(exp, name): reader for name, reader in named.items() if hasattr(exp, name)}


_READERS = _readers()
