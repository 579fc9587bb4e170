"""Reproductions as JSON: lossless for cases, and clear about what cannot be read."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormthesis.core.errors import ReproductionError
from ormthesis.engine.reproductions import (
    Reproduction,
    decode_reproduction,
    encode_failure,
    encode_reproduction,
)
from ormthesis.generation.case import Case, Change, Mutation, MutationKind, Operation, OperationKind
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from tests.unit.reproductions.failures import (
    FAILURES,
    HEADSPACE,
    LIBRARY,
    OTHER,
    SEQUEL_KEY,
    SHELF,
    SHELF_KEY,
    accepted,
    event_bug,
    graph,
    key,
    mutated,
    shelf,
)
from tests.unit.reproductions.library import Color
from tests.unit.reproductions.test_values import leaves

if TYPE_CHECKING:
    from ormthesis.invariants.failure import Failure

TARGET = "tests.unit.reproductions.library:Base"
SCHEMA = LIBRARY.schema
ANY_VALUE = leaves | st.sampled_from(Color).map(lambda color: color.name)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any graph over two tables with any values, whether or not the columns would take them."""
    shelves = [EntityRef("shelf", index) for index in range(draw(st.integers(1, 2)))]
    books = [EntityRef("book", index) for index in range(draw(st.integers(0, 3)))]
    drafts = [_draft(draw, ref, "shelves", {}) for ref in shelves]
    for ref in books:
        references = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    SHELF_KEY: st.none() | st.sampled_from(shelves),
                    SEQUEL_KEY: st.none() | st.sampled_from(books),
                },
            )
        )
        drafts.append(_draft(draw, ref, "books", references))
    target = draw(st.sampled_from(drafts))
    operation = draw(
        st.builds(
            Operation,
            kind=st.sampled_from(OperationKind),
            ref=st.none() | st.just(target.ref),
            loaded=st.booleans(),
            related=st.sampled_from([(), ("Book.shelf",), ("Book.shelf", "Shelf.books")]),
        )
    )
    columns = draw(st.lists(st.sampled_from(sorted(target.values)), max_size=2, unique=True))
    changes = tuple(Change(column=name, old=draw(leaves), new=draw(leaves)) for name in columns)
    mutation = Mutation(
        kind=draw(st.sampled_from(MutationKind)),
        constraint="shelves.unique(name)",
        ref=target.ref,
        changes=changes,
    )
    return Case(
        graph=EntityGraph(drafts=tuple(drafts)),
        operation=operation,
        mutation=draw(st.none() | st.just(mutation)),
        subject=draw(st.text()),
    )


def _draft(draw: st.DrawFn, ref: EntityRef, table: str, references: Any) -> EntityDraft:
    found = SCHEMA.by_key[table]
    names = [c.name for c in found.columns if not c.surrogate and not c.name.endswith("_id")]
    row = {name: draw(ANY_VALUE) for name in names if name != "color"}
    if "color" in names:
        row["color"] = draw(st.sampled_from(Color))
    return EntityDraft(ref=ref, table=table, values=row, references=references)


def through_json(failure: Failure) -> Any:
    return json.loads(json.dumps(encode_failure(failure, target=TARGET), sort_keys=True))


@given(cases())
def test_every_case_comes_back(case: Case) -> None:
    # Compared as text: NaN differs from itself, and 1 is no other key than True.
    decoded = decode_reproduction(through_json(accepted(case)), SCHEMA)
    assert _text(decoded.case) == _text(case)


def _text(case: Case) -> str:
    """A case as text in which mappings are ordered."""
    drafts = [
        replace(
            draft,
            values=dict(sorted(draft.values.items())),
            references=dict(sorted(draft.references.items())),
        )
        for draft in case.graph.drafts
    ]
    return repr(replace(case, graph=EntityGraph(drafts=tuple(drafts))))


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_everything_else_comes_back_too(failure: Failure) -> None:
    kept = Reproduction.of(failure, target=TARGET)
    decoded = decode_reproduction(through_json(failure), SCHEMA)
    assert encode_reproduction(decoded) == encode_reproduction(kept)
    assert decoded.case == failure.case
    assert (decoded.id, decoded.fingerprint, decoded.fired) == (
        failure.id,
        failure.fingerprint,
        failure.fired,
    )


def test_differences_and_rejections_are_objects_again() -> None:
    for failure in (FAILURES["forgetting"], FAILURES["first_only"]):
        assert decode_reproduction(through_json(failure), SCHEMA) == Reproduction.of(
            failure, target=TARGET
        )


def test_the_known_bug_comes_back() -> None:
    decoded = decode_reproduction(through_json(event_bug()), HEADSPACE.schema)
    assert decoded == Reproduction.of(event_bug(), target=TARGET)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ((), [], "f.json is damaged: the file is not an object"),
        (("format_version",), "1", "format_version is '1'"),
        (("verdict",), "odd", "verdict is 'odd', not one of 'accepted', "),
        (("title",), None, "title is None, not a text"),
        (("case",), None, "case is not an object"),
        (("case", "graph"), {}, "case.graph is not a list"),
        (("case", "graph", 0, "ref"), "shelf", r"case.graph\[0\].ref"),
        (("case", "graph", 1, "values", "price"), {"$decimal": "x"}, r"values.price: '\$decimal'"),
        (("case", "graph", 1, "ref"), "shelf#0", "two rows of case.graph have one ref"),
        (("case", "operation", "ref"), "shelf#9", "names shelf#9, which is no row"),
        (("case", "operation", "loaded"), 1, "loaded is 1, not true or false"),
        (("case", "graph", 1, "references", SHELF_KEY), "shelf#9", "refers to shelf#9"),
        (("rules",), ["a", 1], "rules: .* is not a list of texts"),
    ],
)
def test_damage_is_named(path: tuple[Any, ...], value: Any, message: str) -> None:
    data = _changed(FAILURES["cascade"], path, value)
    with pytest.raises(ReproductionError, match=message) as caught:
        decode_reproduction(data, SCHEMA, source="f.json")
    assert "left as it is" in caught.value.hint


def test_a_missing_key_is_named() -> None:
    data = through_json(FAILURES["cascade"])
    del data["case"]["operation"]["kind"]
    with pytest.raises(ReproductionError, match=r"case\.operation\.kind is missing"):
        decode_reproduction(data, SCHEMA)


def test_a_newer_format() -> None:
    data = _changed(FAILURES["cascade"], ("format_version",), 2)
    with pytest.raises(ReproductionError, match="has format 2; this version") as caught:
        decode_reproduction(data, SCHEMA)
    assert "Upgrade" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "path", "value", "message"),
    [
        ("cascade", ("case", "graph", 0, "table"), "racks", "the table 'racks'"),
        ("cascade", ("case", "graph", 0, "values", "depth"), 1, "the column 'shelves.depth'"),
        ("cascade", ("case", "graph", 1, "references", "x->y"), None, "the foreign key 'x->y'"),
        ("cascade", ("model",), "Rack", "the model 'Rack'"),
        ("cascade", ("case", "graph", 0, "values", "color"), {"$enum": "TEAL"}, "member 'TEAL'"),
        ("no_unique", ("case", "mutation", "constraint"), "shelves.unique(x)", "the rule"),
        ("no_unique", ("case", "mutation", "changes", 0, "column"), "x", "column 'shelves.x'"),
        ("forgetting", ("subject",), "Shelf.papers", "the relationship 'Shelf.papers'"),
        ("short_names", ("case", "graph", 0, "ref"), "rack#0", "rows called 'rack'"),
    ],
)
def test_what_the_models_no_longer_have_is_named(
    name: str, path: tuple[Any, ...], value: Any, message: str
) -> None:
    data = _changed(FAILURES[name], path, value)
    with pytest.raises(ReproductionError, match=f"f.json no longer fits the models.*{message}"):
        decode_reproduction(data, SCHEMA, source="f.json")


def test_a_column_that_was_added_is_named() -> None:
    data = through_json(FAILURES["cascade"])
    del data["case"]["graph"][0]["values"]["name"]
    with pytest.raises(ReproductionError, match=r"new column 'shelves\.name' in shelf#0"):
        decode_reproduction(data, SCHEMA)


def _changed(failure: Failure, path: tuple[Any, ...], value: Any) -> Any:
    """The encoded failure with one part replaced."""
    data = copy.deepcopy(through_json(failure))
    if not path:
        return value
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return data


def test_copied_keys_move_with_the_numbering_of_the_rows() -> None:
    """As when a table that sorts before this one was added to the models."""
    rows = graph(shelf(SHELF), shelf(OTHER))
    first, second = key(LIBRARY, SHELF), key(LIBRARY, OTHER)
    case = mutated(MutationKind.DUPLICATE, "shelves.primary_key(id)", rows, OTHER, id=first)
    data = through_json(accepted(case))
    (change,) = data["case"]["mutation"]["changes"]
    assert (change["old"], change["new"]) == (second, first)
    change.update(old=second + 100, new=first + 100)
    assert decode_reproduction(data, SCHEMA).case == case
    change.update(old=second + 100, new=19_999)
    decoded = decode_reproduction(data, SCHEMA).case.mutation
    assert decoded is not None
    assert decoded.changes == (Change(column="id", old=second, new=19_999),)
