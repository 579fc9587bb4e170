"""Users' invariants: what can be declared, and which target it belongs to."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import ormthesis
from ormthesis.core.claims import CLAIMS, Claim, ClaimKind, Claims
from ormthesis.core.errors import OptionError, OrmthesisError
from ormthesis.invariants.user import user_invariants
from ormthesis.schema import load_models
from ormthesis.schema.claims import claims_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Base(DeclarativeBase):
    pass


class Stamped:
    stamp: Mapped[int]


class Animal(Stamped, Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    __mapper_args__: ClassVar = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Dog(Animal):
    __mapper_args__: ClassVar = {"polymorphic_identity": "dog"}


class Tree(Stamped, Base):
    __tablename__ = "trees"
    id: Mapped[int] = mapped_column(primary_key=True)


class Other(DeclarativeBase):
    pass


class Stone(Other):
    __tablename__ = "trees"
    id: Mapped[int] = mapped_column(primary_key=True)


MODELS = load_models(Base)
OTHERS = load_models(Other)


def holds(_: object) -> bool:
    return True


def query() -> str:
    return "SELECT 1"


def claim(kind: ClaimKind, *about: Any, name: str = "holds", function: Any = None) -> Claim:
    given = function or (query if kind is ClaimKind.QUERY else holds)
    return Claim(kind=kind, name=name, function=given, about=about)


def bound(*claims: Claim, models: Any = MODELS) -> dict[str, tuple[type, ...]]:
    return {key: found.classes for key, found in claims_of(models, claims).items()}


@pytest.fixture
def declared() -> Iterator[Callable[[], list[Claim]]]:
    """What a test declares, which is forgotten at its end."""
    before = list(CLAIMS)
    yield lambda: [each for each in CLAIMS if each not in before]
    CLAIMS._found[:] = before


def test_the_function_stays_what_it_was(declared) -> None:
    @ormthesis.invariant(Tree)
    def old(tree: Tree) -> bool:
        """Trees are old.

        Most of them.
        """
        return tree.id > 3

    assert old(Tree(id=4))
    (found,) = declared()
    assert (found.name, found.says, found.module) == ("old", "Trees are old.", __name__)


def test_the_same_lines_declare_once(declared) -> None:
    for model in (Tree, Tree, Animal):
        ormthesis.invariant(model)(holds)
    assert [each.about for each in declared()] == [(Tree,), (Animal,)]


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: ormthesis.invariant(holds), "told that it is about holds, which is of type fun"),
        (lambda: ormthesis.query_invariant(query), "told that it is about query"),
        (lambda: ormthesis.invariant(), "not told which classes it is about"),
        (lambda: ormthesis.invariant("trees"), "is of type str and no class"),
        (lambda: ormthesis.session_invariant(3), "is of type int and no class"),
        (
            lambda: ormthesis.invariant(Tree)(query),
            r"takes \(\), and .* a function of the obj",
        ),
        (lambda: ormthesis.query_invariant(Tree)(holds), "wants a function without arguments"),
        (lambda: ormthesis.invariant(Tree)(Tree), "is of type .*, and ormthesis.invariant wants"),
        (lambda: ormthesis.invariant(Tree)(lambda tree: True), "'<lambda>' is no name"),
        (lambda: ormthesis.invariant(Tree, name="a,b")(holds), "'a,b' is no name"),
        (lambda: ormthesis.invariant(Tree)(asynchronous), "is asynchronous"),
        (lambda: ormthesis.session_invariant(Tree)(yielding), "yields"),
    ],
)
def test_what_cannot_be_declared(declared, declare: Callable[[], object], said: str) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        declare()
    assert caught.value.hint
    assert declared() == []


async def asynchronous(_: object) -> None: ...


def yielding(_: object) -> Iterator[bool]:
    yield True


def test_a_claim_is_about_all_that_derives_from_its_classes() -> None:
    everything = {"Animal::holds": (Animal,), "Tree::holds": (Tree,)}
    assert bound(claim(ClaimKind.OBJECT, Base)) == everything
    assert bound(claim(ClaimKind.OBJECT, Stamped)) == everything
    assert bound(claim(ClaimKind.OBJECT, Dog, Tree)) == {**everything, "Animal::holds": (Dog,)}


def test_tables_are_named_by_object_or_by_name() -> None:
    for about in (Tree, Tree.__table__, "trees"):
        assert list(bound(claim(ClaimKind.QUERY, about))) == ["Tree::holds"]
    assert bound(claim(ClaimKind.QUERY, "stones")) == {}


def test_a_claim_belongs_to_the_target_that_it_is_about() -> None:
    found = (claim(ClaimKind.OBJECT, Stone), claim(ClaimKind.QUERY, Animal, name="other"))
    assert list(bound(*found)) == ["Animal::other"]
    assert list(bound(*found, models=OTHERS)) == ["Stone::holds"]
    assert bound(claim(ClaimKind.QUERY, Stone.__table__)) == {}


def test_two_decorators_of_one_function_are_one_invariant() -> None:
    found = claims_of(MODELS, [claim(ClaimKind.OBJECT, Tree), claim(ClaimKind.OBJECT, Animal)])
    assert list(user_invariants(found.values())) == ["holds"]
    twice = [claim(ClaimKind.QUERY, Tree), claim(ClaimKind.QUERY, Tree, Animal)]
    assert claims_of(MODELS, twice)["Tree::holds"].tables == ("trees", "animals")


def test_a_name_stands_for_one_function() -> None:
    one = claim(ClaimKind.OBJECT, Tree)
    for about in (Tree, Animal):
        with pytest.raises(OptionError, match=f"Two invariants are called holds: in {__name__}"):
            bound(one, claim(ClaimKind.OBJECT, about, function=lambda _: True))
    # Not where the other is about another target.
    assert bound(one, claim(ClaimKind.OBJECT, Stone, function=lambda _: True))


def test_a_class_that_nothing_mapped_derives_from() -> None:
    with pytest.raises(OptionError, match=r"holds of .* is about int, which is no mapped class"):
        bound(claim(ClaimKind.OBJECT, int))


def test_names_of_built_in_checks_are_taken() -> None:
    found = claims_of(MODELS, [claim(ClaimKind.OBJECT, Tree, name="unique")]).values()
    with pytest.raises(OptionError, match="has the name of a built-in check") as caught:
        user_invariants(found)
    assert "tree_unique" in caught.value.hint


def test_errors_of_ours_are_errors() -> None:
    with pytest.raises(OrmthesisError):
        Claims().declare(claim(ClaimKind.OBJECT))


def test_models_that_declare_some_import_no_test_tools() -> None:
    code = (
        "import sys, ormthesis; ormthesis.invariant, ormthesis.query_invariant; "
        "sys.exit(bool({'hypothesis', 'sqlalchemy', 'psycopg', 'click'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
