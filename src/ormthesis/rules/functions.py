"""Functions by name. Each reader takes typed arguments and returns a node or raises Unreadable."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ormthesis.rules import array_operators as arrays
from ormthesis.rules import documents
from ormthesis.rules.arithmetic import arithmetic
from ormthesis.rules.casts import cast, convert_untyped
from ormthesis.rules.conditional import FORMS
from ormthesis.rules.errors import EvaluationError, Unreadable, undecided
from ormthesis.rules.moments import date_part, date_trunc
from ormthesis.rules.number_functions import NUMBER_FUNCTIONS, Reader, refused
from ormthesis.rules.patterns import prefix
from ormthesis.rules.range_operators import range_function, read_constructor
from ormthesis.rules.sql_types import (
    BOOLEAN,
    INTEGER,
    RANGES,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    has_plain_equality,
)
from ormthesis.rules.tree import Literal, Node, call
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    pass

_K = TypeKind


def function(name: str, args: tuple[Node, ...]) -> Node:
    """`name(args)`.

    Raises:
        Unreadable: a function that is not known, or not with these arguments.
    """
    if any(arg.type.kind is _K.RANGE for arg in args) and name.lower() not in FORMS:
        return range_function(name.lower(), args)
    reader = _READERS.get(name.lower())
    if reader is None:
        raise Unreadable(f"function {name.lower()}")
    return reader(name.lower(), args)


def _as(node: Node, kind: TypeKind, default: DataType) -> Node | None:
    """The argument if it is, or can be read as, of this kind."""
    node = convert_untyped(node, default)
    if node.type.kind is not kind or (kind is _K.TEXT and not has_plain_equality(node.type)):
        return None
    return cast(node, TEXT) if node.type.fixed else node


def _texts(
    function: Callable[..., object], data_type: DataType, *counts: int, integers: int = 0
) -> Reader:
    """A function of texts, of which the last `integers` arguments are integers."""

    def read(name: str, args: tuple[Node, ...]) -> Node:
        if len(args) not in counts:
            raise refused(name, args)
        texts = len(args) - min(integers, len(args) - 1)
        nodes = [_as(arg, _K.TEXT, TEXT) for arg in args[:texts]]
        nodes += [_as(arg, _K.INTEGER, INTEGER) for arg in args[texts:]]
        known = tuple(node for node in nodes if node is not None)
        if len(known) != len(args):
            raise refused(name, args)
        return call(name, known, data_type, function, fails=function in _FAILING)

    return read


def _length(name: str, args: tuple[Node, ...]) -> Node:
    """Characters of a text, or bytes of a bytea."""
    if len(args) != 1:
        raise refused(name, args)
    (arg,) = args
    if name == "bit_length":
        return arithmetic("*", _length("octet_length", args), Literal(value=8, type=INTEGER))
    if arg.type.kind is _K.BYTES and name in ("length", "octet_length"):
        return call("length", args, INTEGER, len)
    text = _as(arg, _K.TEXT, TEXT)
    if text is None or (name == "octet_length" and arg.type.fixed):
        raise refused(name, args)
    if arg.type.fixed:
        text = arg
    if name == "octet_length":
        return call(name, (text,), INTEGER, lambda value: len(value.encode()))
    return call("length", (text,), INTEGER, len)


def _folded(method: Callable[[str], str]) -> Callable[[str], str]:
    def run(text: str) -> str:
        if not text.isascii() and text.lower() != text.upper():
            # Some locales fold only ASCII, so both results must be the same to be known.
            ascii_only = "".join(method(c) if c.isascii() else c for c in text)
            if ascii_only != method(text):
                raise undecided(f"letter case of {text!r}")
        return method(text)

    return run


_lower = _folded(str.lower)
_upper = _folded(str.upper)
_FAILING = frozenset({_lower, _upper})


def _both(text: str, chars: str = " ") -> str:
    return text.strip(chars) if chars else text


def _leading(text: str, chars: str = " ") -> str:
    return text.lstrip(chars) if chars else text


def _trailing(text: str, chars: str = " ") -> str:
    return text.rstrip(chars) if chars else text


def _left(text: str, count: int) -> str:
    return text[:count]


def _right(text: str, count: int) -> str:
    return text[max(0, len(text) - count) :] if count >= 0 else text[-count:]


def _substring(text: str, start: int, count: int | None = None) -> str:
    if count is not None and count < 0:
        raise EvaluationError("negative substring length not allowed", sqlstate="22011")
    end = None if count is None else max(0, start - 1 + count)
    return text[max(0, start - 1) : end]


def _replace(text: str, old: str, new: str) -> str:
    return text.replace(old, new) if old else text


def _substring_reader(name: str, args: tuple[Node, ...]) -> Node:
    if len(args) in (2, 3) and all(arg.type.kind is _K.INTEGER for arg in args[1:]):
        text = _as(args[0], _K.TEXT, TEXT)
        if text is not None:
            return call("substring", (text, *args[1:]), TEXT, _substring, fails=len(args) == 3)
    raise refused(name, args)


def _concat(name: str, args: tuple[Node, ...]) -> Node:
    """NULLs count as empty; only text is taken, since other output depends on the session."""
    nodes = [_as(arg, _K.TEXT, TEXT) for arg in args]
    known = tuple(node for node in nodes if node is not None)
    if len(known) != len(args):
        raise refused(name, args)
    empty = Literal(value="", type=TEXT)
    parts = tuple(FORMS["coalesce"]("coalesce", (node, empty)) for node in known)
    return call(name, parts, TEXT, lambda *values: "".join(values))


def _starts_with(name: str, args: tuple[Node, ...]) -> Node:
    if len(args) == 2:
        text, start = _as(args[0], _K.TEXT, TEXT), convert_untyped(args[1], TEXT)
        if text is not None and isinstance(start, Literal) and isinstance(start.value, str):
            return call("match", (text,), BOOLEAN, prefix(start.value))
    raise refused(name, args)


def _time_zone(name: str, args: tuple[Node, ...]) -> Node:
    """`x AT TIME ZONE 'UTC'`; other zones have rules of their own."""
    zone, moment = args if len(args) == 2 else (None, None)
    zone = convert_untyped(zone, TEXT) if zone is not None else None
    if moment is None or moment.type.kind is not _K.TIMESTAMP or not isinstance(zone, Literal):
        raise refused(name, args)
    if zone.value not in ("UTC", "utc", "GMT", "Etc/UTC"):
        raise Unreadable(f"time zone {zone.value}")
    return cast(moment, TIMESTAMP if moment.type.timezone else TIMESTAMPTZ)


def _finite(name: str, args: tuple[Node, ...]) -> Node:
    """Python has no infinite dates."""
    if len(args) != 1 or args[0].type.kind not in (_K.DATE, _K.TIMESTAMP, _K.INTERVAL):
        raise refused(name, args)
    return call(name, args, BOOLEAN, lambda value: True)


def _split_part(text: str, separator: str, number: int) -> str:
    if number == 0:
        raise EvaluationError("field position must not be zero", sqlstate="22023")
    parts = text.split(separator) if separator else [text]
    at = number - 1 if number > 0 else len(parts) + number
    if not text:
        return ""
    return parts[at] if 0 <= at < len(parts) else ""


def _padded(text: str, size: int, fill: str, *, left: bool) -> str:
    missing = max(0, size) - len(text)
    if missing <= 0 or not fill:
        return text[: max(0, size)]
    padding = (fill * (missing // len(fill) + 1))[:missing]
    return padding + text if left else text + padding


def _pad(name: str, args: tuple[Node, ...]) -> Node:
    if len(args) not in (2, 3):
        raise refused(name, args)
    fill = args[2] if len(args) == 3 else Literal(value=" ", type=TEXT)
    text, size = _as(args[0], _K.TEXT, TEXT), _as(args[1], _K.INTEGER, INTEGER)
    fill_text = _as(fill, _K.TEXT, TEXT)
    if text is None or size is None or fill_text is None:
        raise refused(name, args)
    left = name == "lpad"
    return call(name, (text, size, fill_text), TEXT, lambda t, n, f: _padded(t, n, f, left=left))


def _split(name: str, args: tuple[Node, ...]) -> Node:
    if len(args) != 3:
        raise refused(name, args)
    texts = [_as(arg, _K.TEXT, TEXT) for arg in args[:2]]
    number = _as(args[2], _K.INTEGER, INTEGER)
    known = tuple(node for node in (*texts, number) if node is not None)
    if len(known) != 3:
        raise refused(name, args)
    return call(name, known, TEXT, _split_part, fails=True)


def _translated(text: str, old: str, new: str) -> str:
    table: dict[int, str | None] = {}
    for at, char in enumerate(old):
        table.setdefault(ord(char), new[at] if at < len(new) else None)
    return text.translate(table)


def _json(function: Callable[[Any], object], data_type: DataType, *, fails: bool = False) -> Reader:
    def read(name: str, args: tuple[Node, ...]) -> Node:
        binary = name.startswith("jsonb_")
        if len(args) != 1 or args[0].type.kind is not _K.JSON or args[0].type.binary != binary:
            raise refused(name, args)
        return call(name, args, data_type, function, fails=fails)

    return read


def _part(name: str, args: tuple[Node, ...]) -> Node:
    if len(args) == 2 and isinstance(args[0], Literal) and isinstance(args[0].value, str):
        return (date_part if name == "date_part" else date_trunc)(args[0].value, args[1])
    raise refused(name, args)


_READERS: dict[str, Reader] = {
    **FORMS,
    **NUMBER_FUNCTIONS,
    **dict.fromkeys(RANGES, read_constructor),
    **dict.fromkeys(("length", "char_length", "character_length", "octet_length"), _length),
    "lower": _texts(_lower, TEXT, 1),
    "upper": _texts(_upper, TEXT, 1),
    "btrim": _texts(_both, TEXT, 1, 2),
    "ltrim": _texts(_leading, TEXT, 1, 2),
    "rtrim": _texts(_trailing, TEXT, 1, 2),
    "left": _texts(_left, TEXT, 2, integers=1),
    "right": _texts(_right, TEXT, 2, integers=1),
    "reverse": _texts(lambda text: text[::-1], TEXT, 1),
    "replace": _texts(_replace, TEXT, 3),
    "strpos": _texts(lambda text, part: text.find(part) + 1, INTEGER, 2),
    "substr": _substring_reader,
    "substring": _substring_reader,
    "concat": _concat,
    "starts_with": _starts_with,
    "timezone": _time_zone,
    "isfinite": _finite,
    "split_part": _split,
    "lpad": _pad,
    "rpad": _pad,
    "translate": _texts(_translated, TEXT, 3),
    "bit_length": _length,
    "array_length": arrays.read_length,
    "array_upper": arrays.read_length,
    "cardinality": arrays.read_cardinality,
    "array_ndims": arrays.read_dimensions,
    "array_position": arrays.read_position,
    "date_part": _part,
    "date_trunc": _part,
    "jsonb_typeof": _json(documents.type_name, TEXT),
    "json_typeof": _json(documents.type_name, TEXT),
    "jsonb_array_length": _json(documents.array_length, INTEGER, fails=True),
    "json_array_length": _json(documents.array_length, INTEGER, fails=True),
}
