"""Values at the edges of types and rules: those that must be accepted, and those just beyond."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from ipaddress import ip_address, ip_interface, ip_network
from math import inf
from typing import Any

from hypothesis import strategies as st

from ormthesis.core.exact import stepped
from ormthesis.generation.carriers import UNUSABLE, choose_carrier
from ormthesis.generation.type_registry import DEFAULT_TYPES
from ormthesis.generation.values import items_of, shaped
from ormthesis.generation.values_choices import choices
from ormthesis.generation.values_domains import is_item, is_kept
from ormthesis.generation.values_facets import read_facets
from ormthesis.generation.values_ranges import range_edges
from ormthesis.generation.values_simplest import simplest_of
from ormthesis.generation.values_steps import steps_of
from ormthesis.generation.values_text import CHARACTERS, lengths
from ormthesis.rules.domain import Domain
from ormthesis.rules.sql_types import has_own_collation
from ormthesis.schema.constraints import Range
from ormthesis.schema.types import DataType, TypeKind

LONGEST = 10_000
"""Length limits beyond it are not filled."""
_HEAD = 10
"""Characters of a text beyond its limit that are drawn; the rest is padding."""

# Text that is easily mangled on its way: quotes, escapes, wild cards, blanks, four-byte characters.
_TEXTS = ("", " ", "a ", "'", '"', "\\", "%", "\n", "é", "e\u0301", "\U0001d11e", "NULL", "{}")
_BYTES = (b"", b"\0", b"\xff", b"\\", b"'")
_DOCUMENTS: tuple[Any, ...] = ({}, [], "", 0, False, 0.5, {"": None}, [[]], [None], "null")
_ADDRESSES = tuple(
    map(ip_address, ("0.0.0.0", "255.255.255.255", "127.0.0.1", "::", "::1", "::ffff:1.2.3.4"))
) + tuple(map(ip_interface, ("10.1.2.3/8", "10.1.2.3/0", "fe80::1/64")))
_NETWORKS = tuple(map(ip_network, ("0.0.0.0/0", "10.0.0.0/8", "1.2.3.4/32", "::/0", "fe80::/10")))
_WORD_EDGES: Mapping[TypeKind, tuple[Any, ...]] = {
    TypeKind.CITEXT: ("", " ", "a ", "'", '"', "\\", "%", "é", "{}"),
    TypeKind.HSTORE: ({}, {"": None}, {"a": ""}, {"=>": ",", '"': "\\", "NULL": "NULL"}),
    TypeKind.TSVECTOR: ("", "'a'", "'a' 'b'"),
    TypeKind.TSQUERY: ("", "'a'", "'a' & 'b'", "'a' | 'b'", "!'a'"),
}
_DAYS = (date(2000, 2, 29), date(1970, 1, 1), date(1999, 12, 31))


def edge_values(data_type: DataType, domain: Domain | None = None) -> tuple[Any, ...]:
    """Values at the edges of the type within the domain, all of which must be accepted.

    Bounds and their inner neighbours, 0 and its neighbours, text of n and n-1 characters, every
    label, leap days and the first and last year that can be read in every time zone. Empty for
    types that are registered or unknown.
    """
    if DEFAULT_TYPES.find(data_type.source) is not None or data_type.kind is TypeKind.UNKNOWN:
        return ()
    rule = domain or Domain()
    found: list[Any] = []
    for value in _candidates(data_type, domain):
        stored = data_type.stored(value)
        if rule.allows(stored) and not any(_same(value, other) for other in found):
            found.append(value)
    return tuple(found)


def _candidates(data_type: DataType, domain: Domain | None) -> Iterator[Any]:
    if data_type.decorates is None:
        yield from _edges(data_type, domain or Domain())
        return
    carrier = choose_carrier(data_type).carrier
    if carrier is not None:
        drawn = edge_values(carrier.type, domain if carrier.is_beneath else None)
        models = map(carrier.model, drawn)
        yield from (value for value in models if value is not UNUSABLE)


def _same(value: Any, other: Any) -> bool:
    """Equal and of one type: 0 and False are two edges of a document."""
    return type(value) is type(other) and repr(value) == repr(other)


def _edges(data_type: DataType, rule: Domain) -> Iterator[Any]:
    facets = read_facets(data_type)
    listed = choices(data_type, facets, rule)
    if listed is not None:
        yield from listed
    elif steps_of(data_type, facets, rule) is not None:
        yield from _numbered_edges(data_type, rule)
    elif data_type.kind in _WORD_EDGES:
        yield from _WORD_EDGES[data_type.kind]
    elif data_type.kind is TypeKind.NETWORK:
        yield from _NETWORKS if data_type.fixed else _ADDRESSES
    elif data_type.kind is TypeKind.BITS:
        yield from _sized("1", 0, data_type.length)
    elif data_type.kind is TypeKind.RANGE:
        yield from range_edges(data_type)
    elif data_type.kind is TypeKind.TEXT:
        yield from _text_edges(data_type, rule)
    elif data_type.kind is TypeKind.BYTES:
        yield from _sized(b"x", rule.min_length, rule.max_length)
        yield from _BYTES
    elif data_type.item is not None:
        yield shaped([], facets)
        yield shaped([simplest_of(items_of(data_type.item))], facets)
        edges = [
            value
            for value in edge_values(data_type.item)
            if is_kept(data_type.item, value) and is_item(value)
        ]
        yield shaped([*edges[:2], None, *edges[-2:]], facets, (2,) * (facets.dimensions - 1))
    else:
        yield from _DOCUMENTS


def _numbered_edges(data_type: DataType, rule: Domain) -> Iterator[Any]:
    facets = read_facets(data_type)
    steps = steps_of(data_type, facets, rule)
    inside = steps.within(rule) if steps is not None else None
    if inside is None:
        return
    low, high = inside.low, inside.high
    numbers = (low, low + 1, inside.simplest - 1, inside.simplest, inside.simplest + 1)
    for number in (*numbers, high - 1, high):
        if low <= number <= high:
            yield inside.value(number)
    for value in _special(data_type):
        if inside.holds(value):
            yield inside.value(round(inside.position(value)))


def _special(data_type: DataType) -> tuple[Any, ...]:
    if data_type.kind is TypeKind.DATE:
        return _DAYS
    if data_type.kind is TypeKind.TIMESTAMP:
        zone = UTC if data_type.timezone else None
        return tuple(datetime(day.year, day.month, day.day, tzinfo=zone) for day in _DAYS)
    if data_type.kind is TypeKind.FLOAT:
        return (0.0, 1.0, -1.0, 0.5, inf, -inf)
    if data_type.kind is TypeKind.NUMERIC:
        return (Decimal(1), Decimal(-1))
    return ()


def _text_edges(data_type: DataType, rule: Domain) -> Iterator[str]:
    least, most = lengths(data_type, rule)
    yield from _sized("x", least, most)
    if has_own_collation(data_type):
        yield ""
        return
    for value in _TEXTS:
        fits = most is None or len(value) <= most
        if fits and not (data_type.fixed and value.endswith(" ")):
            yield value
    if most is not None and most <= LONGEST:
        yield "é" * most


def _sized(unit: Any, least: int, most: int | None) -> Iterator[Any]:
    """Runs of the unit at the least and greatest length and one inside each."""
    sizes = {least, least + 1}
    if most is not None and most <= LONGEST:
        sizes |= {most - 1, most}
    for size in sorted(sizes):
        if least <= size and (most is None or size <= most):
            yield unit * size


def too_long(limit: int) -> st.SearchStrategy[str]:
    """Text of `limit` + 1 characters; shrinks to that many `x`.

    The last one is no blank: PostgreSQL cuts blanks beyond the limit without a word.
    """
    heads = st.text(CHARACTERS, max_size=min(limit, _HEAD))
    return heads.map(lambda head: head + "x" * (limit + 1 - len(head)))


def beyond(range_constraint: Range) -> st.SearchStrategy[Any]:
    """Values outside a type's range: one step above, one below, then further out."""
    low: Any = range_constraint.minimum
    high: Any = range_constraint.maximum
    step: Any = range_constraint.step
    distances = st.integers(1, 10**6)
    return st.one_of(
        distances.map(lambda distance: stepped(high, step, distance)),
        distances.map(lambda distance: stepped(low, step, -distance)),
    )


def foreign_labels(labels: Iterable[str]) -> st.SearchStrategy[str]:
    """Text that is none of the labels and no longer than the longest: near misses, then any text.

    The length matters where labels are kept in a VARCHAR: a longer text breaks that first.
    """
    known = tuple(labels)
    longest = max((len(label) for label in known), default=0)
    near = [other for label in known for other in _misspelt(label)]
    misses = [text for text in dict.fromkeys(["", *near]) if text not in known]
    kept = [text for text in misses if len(text) <= longest]
    others = st.text(CHARACTERS, max_size=longest).filter(lambda text: text not in known)
    return st.one_of(st.sampled_from(kept), others) if kept else others


def _misspelt(label: str) -> tuple[str, ...]:
    return (label.swapcase(), label[:-1], label[1:], " " + label, label + "_")
