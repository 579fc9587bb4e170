"""Where ranges decide: ends that meet, and ranges without ends."""

from __future__ import annotations

from collections.abc import Iterator

from ormthesis.rules.comparison import compare
from ormthesis.rules.range_operators import is_range, range_function
from ormthesis.rules.tree import Call, Literal, Node, conjunction, truth
from ormthesis.schema.types import DataType, TypeKind

_TRUE, _FALSE = frozenset({True}), frozenset({False})
_ENDS = ("lower", "upper")


def range_edges(node: Node) -> Iterator[Node]:
    """What is true for rows at an edge of one operator; some are true for no row."""
    if not isinstance(node, Call) or not node.args or not is_range(node.args[0].type):
        return
    if node.name in _ENDS:
        tests = ("isempty", f"{node.name}_inf")
        yield from (truth(range_function(test, node.args), _TRUE) for test in tests)
    elif node.name in ("@>", "&&"):
        yield from _where_ends_meet(node)


def _where_ends_meet(node: Call) -> Iterator[Node]:
    for (one, other), verdicts in _meetings(node):
        equal = truth(compare("=", one, other), _TRUE)
        yield from (conjunction(equal, truth(node, frozenset({each}))) for each in verdicts)


def _meetings(node: Call) -> Iterator[tuple[tuple[Node, Node], tuple[bool, ...]]]:
    """Two ends, or an end and a value, that may be equal, and the test's value there."""
    both = (True, False)
    left, right = node.args
    steps = _has_steps(left.type)
    if node.name == "@>" and not is_range(right.type):
        yield (_end("lower", left), right), both[:1] if steps else both
        yield (_end("upper", left), right), both[1:] if steps else both
    else:
        verdicts = both if node.name == "@>" else both[:1]
        yield from (((_end(e, left), _end(e, right)), verdicts) for e in _known(right, *_ENDS))
    if node.name == "&&":
        verdicts = both[1:] if steps else both
        for end in _known(right, *_ENDS):
            yield (_end(_ENDS[end == "lower"], left), _end(end, right)), verdicts


def _has_steps(data_type: DataType) -> bool:
    """Whether its ranges are kept as `[low, high)`."""
    item = data_type.item
    return item is not None and item.kind in (TypeKind.INTEGER, TypeKind.DATE)


def _end(name: str, node: Node) -> Node:
    return range_function(name, (node,))


def _known(node: Node, *names: str) -> list[str]:
    """The ends that a constant has; both of others."""
    ends = ((name, _end(name, node)) for name in names)
    return [name for name, end in ends if not isinstance(end, Literal) or end.value is not None]
