"""Functions of text, bytes and lists run backwards (see `inverses`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from ormthesis.rules.inverse_values import ANY, Inverse, Proposal
from ormthesis.rules.tree import COMPARISONS, Call
from ormthesis.schema.types import DataType, TypeKind

_K = TypeKind


def _sized(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """Something as long as wanted: what is there, cut or padded."""
    size, (now, *_) = int(target), values
    if not 0 <= size <= 100_000:
        return
    if node.args[0].type.kind in (_K.JSON, _K.ARRAY):
        items = list(now) if isinstance(now, list) else []
        yield 0, (items + [_item(node.args[0].type)] * size)[:size]
    elif node.args[0].type.kind is _K.BYTES:
        yield 0, ((now or b"") + b"x" * size)[:size]
    else:
        yield from ((0, text) for text in _resized(now if isinstance(now, str) else "", size))


def _resized(text: str, size: int) -> Iterator[str]:
    """The text cut, padded, with one character repeated or without some, so that a pattern that it
    matches may go on matching."""
    yield (text + "x" * size)[:size]
    missing = size - len(text)
    for at in dict.fromkeys((len(text) - 1, len(text) // 2, 0)):
        if missing > 0 and text:
            yield text[:at] + text[at] * (missing + 1) + text[at + 1 :]
        elif missing < 0:
            yield text[:at] + text[at - missing :]
            yield text[: max(0, at + missing)] + text[at:]


def _item(data_type: DataType) -> Any:
    if data_type.item is None:
        return 1
    samples = {_K.TEXT: "x", _K.INTEGER: 1, _K.NUMERIC: Decimal(1), _K.FLOAT: 1.0}
    return samples.get(data_type.item.kind)


def _folded(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, target
    yield 0, target.swapcase()


def _trimmed(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, target
    chars = values[1] if len(values) > 1 else " "
    if chars:
        yield from ((0, chars[0] + target), (0, target + chars[0]))


def _left(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    text, count = values
    yield 0, target + (text or "")[count:]
    yield 0, target


def _right(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    text, count = values
    yield 0, (text or "")[: max(0, len(text or "") - count)] + target
    yield 0, target


def _substring(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    text, start = values[0] or "", max(1, values[1]) - 1
    head = (text + "x" * start)[:start]
    count = values[2] if len(values) > 2 else None
    yield 0, head + target + (text[start + count :] if count is not None else "")
    yield 0, head + target


def _position(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    text, part = values
    if target == 0:
        yield 0, (text or "").replace(part, "")
        yield 0, ""
    elif 0 < target < 1000:
        yield 0, "x" * (int(target) - 1) + part


def _stripped(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, target.rstrip(" ")


def _reversed(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, target[::-1]


def _replaced(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, target
    if values[2]:
        yield 0, target.replace(values[2], values[1])


def _concatenated(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """One part changed beside the others as they are, else one part for the whole."""
    texts = [value or "" for value in values]
    for index in range(len(texts)):
        head, tail = "".join(texts[:index]), "".join(texts[index + 1 :])
        long_enough = len(target) >= len(head) + len(tail)
        if long_enough and target.startswith(head) and target.endswith(tail):
            yield index, target[len(head) : len(target) - len(tail)]
    for index in range(len(texts)):
        yield index, target
        yield index, ""


def _among(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """`value op ANY (array)`: the value put into the array, or taken out."""
    value, array = values
    if array is not None and value is not None:
        yield 1, [value]
        yield 1, [item for item in array if item != value]
    yield 1, []
    yield from ((0, item) for item in (array or ())[:3])


def _overlapping(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    for index, other in ((0, values[1]), (1, values[0])):
        if isinstance(other, list):
            yield index, list(other)
            yield index, [*other, *other]
        yield index, []
        yield index, [_item(node.args[index].type)]


def _put_item(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    array, at = values
    items = list(array) if isinstance(array, list) else []
    wanted = _item(node.args[0].type) if target is ANY else target
    items += [wanted] * (at - len(items))
    items[at - 1] = wanted
    yield 0, items


TEXTS: dict[str, Inverse] = {
    **{f"{op} {word}": _among for op in COMPARISONS for word in ("any", "all")},
    **dict.fromkeys(("<@", "&&"), _overlapping),
    "item": _put_item,
    **dict.fromkeys(("length", "octet_length", "bit_length"), _sized),
    **dict.fromkeys(("jsonb_array_length", "json_array_length"), _sized),
    **dict.fromkeys(("cardinality", "array_length", "array_upper"), _sized),
    **dict.fromkeys(("lower", "upper"), _folded),
    **dict.fromkeys(("btrim", "ltrim", "rtrim"), _trimmed),
    "left": _left,
    "right": _right,
    **dict.fromkeys(("substring", "substr"), _substring),
    "strpos": _position,
    "reverse": _reversed,
    "padded": _stripped,
    "replace": _replaced,
    **dict.fromkeys(("||", "concat"), _concatenated),
}
