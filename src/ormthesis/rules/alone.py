"""Ways to make an expression false in one part alone: the other parts keep what they say.

A row that breaks every part of an AND at once does not show that one of them is missing. So each
part is made to decide by itself (the "active clause coverage" of the literature).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ormthesis.rules.tree import Call, Node, Truths

if TYPE_CHECKING:
    from collections.abc import Iterator

Goals = tuple[tuple[Node, Truths], ...]
"""What has to be reached together."""
_WAYS = 32
_TRUE: Truths = frozenset({True})
_FALSE: Truths = frozenset({False})


def breaking_alone(node: Node) -> tuple[Goals, ...]:
    """At most 32 ways, in the order of the text."""
    return tuple(islice(_ways(node, wanted=False), _WAYS))


def _ways(node: Node, *, wanted: bool) -> Iterator[Goals]:
    if isinstance(node, Call) and node.name == "not":
        yield from _ways(node.args[0], wanted=not wanted)
    elif isinstance(node, Call) and node.name in ("and", "or"):
        dominant = node.name == "or"
        for index, part in enumerate(node.args):
            others = [other for at, other in enumerate(node.args) if at != index]
            for goals in _ways(part, wanted=wanted):
                yield (*goals, *((other, _beside(dominant, wanted)) for other in others))
    else:
        yield ((node, _TRUE if wanted else _FALSE),)


def _beside(dominant: bool, wanted: bool) -> Truths:
    """What the other parts are while one decides: it has its way, or all are alike."""
    if wanted is dominant:
        return frozenset({not dominant, None})
    return frozenset({wanted})
