"""Users' own properties over persisted graphs."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

import ormthesis

pytest_plugins = ["pytester"]


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(sa.String(20), unique=True)
    width: Mapped[int] = mapped_column(server_default="80")
    books: Mapped[list[Book]] = relationship(back_populates="shelf", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(sa.ForeignKey("shelves.id", ondelete="CASCADE"))
    pages: Mapped[int]
    shelf: Mapped[Shelf] = relationship(back_populates="books")


class Elsewhere(DeclarativeBase):
    pass


class Stranger(Elsewhere):
    __tablename__ = "strangers"

    id: Mapped[int] = mapped_column(primary_key=True)


FEW = settings(max_examples=15, database=None)


@pytest.fixture(scope="module")
def models():
    return ormthesis.load(Base)


def count(session, model) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model))


def test_the_graph_is_in_the_database(models):
    @FEW
    @models.given(Book)
    def check(graph, session):
        book = graph.one(Book)
        assert session.get(Book, book.id) is book
        assert book.shelf is graph.one(Shelf)
        assert book.shelf.width is not None
        assert graph.all(Book) == [book] == book.shelf.books
        assert count(session, Book) == 1

    check()


def test_rows_and_their_labels(models):
    @FEW
    @models.given(Shelf, Book, rows=(2, 3))
    def check(graph):
        assert 2 <= len(graph.all(Shelf)) <= 3
        assert 2 <= len(graph.all(Book)) <= 3
        assert len(graph) == len(list(graph)) == len(graph.drafts)
        first = graph.all(Book)[0]
        assert graph["book#0"] is first
        assert str(graph.ref(first)) == "book#0"

    check()


def test_wrong_questions_to_a_graph_are_answered(models):
    @settings(FEW, max_examples=1)
    @models.given(Book)
    def check(graph):
        with pytest.raises(ormthesis.OrmthesisError, match="0 rows of Stranger, not one"):
            graph.one(Stranger)
        with pytest.raises(ormthesis.OrmthesisError, match="no row 'book#7'"):
            graph["book#7"]
        with pytest.raises(ormthesis.OrmthesisError, match="is not of this graph"):
            graph.ref(Book())

    check()


def test_commits_are_rolled_back_after_every_example(models):
    @FEW
    @models.given(Book)
    def check(graph, session):
        assert count(session, Shelf) == 1  # nothing of earlier examples
        session.add(Shelf(label="another shelf"))
        session.commit()
        session.delete(graph.one(Book))
        session.commit()
        assert count(session, Shelf) == 2

    check()
    check()


def test_a_refusal_and_a_rollback_undo_the_tests_own_work_only(models):
    @FEW
    @models.given(Book)
    def check(graph, session):
        shelf = graph.one(Shelf)
        session.add(Shelf(label=shelf.label))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
        assert count(session, Shelf) == 1
        assert session.get(Shelf, shelf.id).label == shelf.label

    check()


def test_a_failing_example_leaks_nothing(models):
    @FEW
    @models.given(Shelf)
    def check(graph, session):
        session.add(Shelf(label="left behind"))
        session.commit()
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            check()

    @settings(FEW, max_examples=1)
    @models.given(Shelf)
    def empty_but_for_the_graph(session):
        assert count(session, Shelf) == 1

    empty_but_for_the_graph()


def test_a_failure_shrinks_to_the_smallest_graph(models):
    seen = []

    @settings(max_examples=200, database=None)
    @models.given(ormthesis.from_model(Book, pages=st.integers(0, 10_000)))
    def check(graph):
        seen.append(graph)
        assert graph.one(Book).pages < 300

    with pytest.raises(AssertionError) as failed:
        check()
    notes = "\n".join(failed.value.__notes__)
    assert "graph=<shelf#0, book#0>" in notes
    assert "pages = 300" in notes
    assert "Flaky" not in notes
    assert {str(ref): draft.values for ref, draft in seen[-1].drafts.by_ref.items()} == {
        "shelf#0": {"label": "", "width": 0},
        "book#0": {"pages": 300},
    }


def test_every_example_has_its_own_values(models):
    labels = Counter()

    @settings(max_examples=60, database=None)
    @models.given(Shelf)
    def check(graph):
        labels[graph.one(Shelf).label] += 1

    check()
    assert len(labels) > 20


@pytest.mark.parametrize("order", ["above", "below"])
def test_settings_of_the_tests_own_count(models, order):
    calls = []
    mine = settings(max_examples=4, database=None, deadline=5000)

    def body(graph):
        calls.append(graph)

    decorate = [mine, models.given(Shelf)]
    for decorator in decorate if order == "below" else reversed(decorate):
        body = decorator(body)
    body.ormthesis_prepare()
    body()
    assert len(calls) == 4
    assert body._hypothesis_internal_use_settings.deadline.total_seconds() == 5


def test_the_profiles_deadline_is_off(models):
    @models.given(Shelf)
    def check(graph):
        pass

    settings(max_examples=2)(check)()
    assert check._hypothesis_internal_use_settings.deadline is None
    assert check._hypothesis_internal_use_settings.max_examples == 2


def test_no_health_check_is_suppressed(models):
    @models.given(Shelf)
    def check(graph):
        pass

    suppressed = check._hypothesis_internal_use_settings.suppress_health_check
    assert HealthCheck.function_scoped_fixture not in suppressed


def test_methods_are_tests_too(models):
    calls = []

    class Suite:
        @FEW
        @models.given(Shelf)
        def check(self, graph, session):
            assert isinstance(self, Suite)
            calls.append(count(session, Shelf))

    Suite().check()
    assert set(calls) == {1}


def test_what_is_no_source_is_refused(models):
    with pytest.raises(ormthesis.OrmthesisError, match="needs mapped classes, or one strategy"):
        models.given()
    with pytest.raises(ormthesis.OrmthesisError, match="Stranger'> is no mapped class of"):
        models.given(Stranger)
    with pytest.raises(ormthesis.OrmthesisError, match="takes neither `graph` nor `session`"):

        @models.given(Shelf)
        def check(shelf):
            pass


def test_a_graph_of_other_models_is_refused(models):
    @settings(FEW, max_examples=1)
    @models.given(ormthesis.from_model(Stranger))
    def check(graph):
        pass

    with pytest.raises(ormthesis.OrmthesisError, match="'strangers', to which no class is mapped"):
        check()


IN_PYTEST = """
import pytest
from hypothesis import settings

import ormthesis
from shop import Base, Customer, Order

models = ormthesis.load(Base)


@pytest.fixture(scope="module")
def limit():
    return 10**9


@pytest.mark.parametrize("factor", [1, 2])
@settings(max_examples=10)
@models.given(Order)
def test_with_fixtures(limit, graph, factor, session):
    assert abs(graph.one(Order).total) * factor <= limit * 5
    session.commit()


class TestCustomer:
    @models.given(Customer)
    def test_in_a_class(self, graph, limit):
        assert graph.one(Customer).id < limit


@models.given(Customer)
def test_fails(graph):
    assert graph.one(Customer).email == ""
"""


def test_properties_are_ordinary_tests_of_pytest(project):
    project.write("pyproject.toml", "")
    project.write("test_orders.py", IN_PYTEST)
    result = project.run_apart("-p", "no:randomly", "--hypothesis-show-statistics")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*def test_fails(graph):*",
            '*assert graph.one(Customer).email == ""*',
            "*graph=<customer#0>*",
            "*customer#0  email = '0'*",
            "test_orders.py:*: AssertionError",
            "test_orders.py::test_with_fixtures[[]1]:",
            "*10 passing, 0 failing*",
        ]
    )
    result.stdout.no_fnmatch_line("*properties.py*")


def test_the_api_works_without_the_plugin(project):
    project.write("pyproject.toml", "")
    project.write("test_orders.py", IN_PYTEST)
    result = project.run_apart("-p", "no:ormthesis", "-k", "not fails")
    result.assert_outcomes(passed=3, deselected=1)
    result.stderr.no_fnmatch_line("*Traceback*")
