"""Users' own properties: Hypothesis tests that get a graph which is in the database."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Protocol

import hypothesis
from hypothesis import strategies as st

from ormthesis.core.errors import OptionError, OrmthesisError
from ormthesis.generation.case import Case
from ormthesis.pytest_plugin.failures import plainly_failing
from ormthesis.pytest_plugin.options import explain_phase_is_asked_for
from ormthesis.pytest_plugin.random_phase import fit
from ormthesis.reporting.rows import row_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from hypothesis.strategies import SearchStrategy

    from ormthesis.generation.graph import EntityGraph
    from ormthesis.persistence.persisted import ExampleSessions
    from ormthesis.schema.models import Models

SUPPLIED = ("graph", "session")


class Source(Protocol):
    """What knows the models and opens sessions for them."""

    @property
    def models(self) -> Models: ...

    def sessions(self) -> ExampleSessions: ...


class _Drawn:
    """A graph as Hypothesis prints it: the labels of its rows. The rows themselves are noted."""

    def __init__(self, graph: EntityGraph) -> None:
        self.graph = graph

    def __repr__(self) -> str:
        return f"<{', '.join(str(draft.ref) for draft in self.graph.drafts)}>"


@st.composite
def _drawn(draw: st.DrawFn, graphs: SearchStrategy[EntityGraph]) -> _Drawn:
    """No `map`: Hypothesis prints what a mapped function was called with."""
    return _Drawn(draw(graphs))


def decorated(
    graphs: SearchStrategy[EntityGraph], source: Source
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The decorator behind `ModelTests.given`."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        wrapped: Any = hypothesis.given(graph=_drawn(graphs))(_persisting(test, source))

        def prepare() -> None:
            fit(wrapped, explain=explain_phase_is_asked_for())
            with plainly_failing():
                source.sessions()

        wrapped.ormthesis_prepare = prepare
        return _prepared(wrapped, prepare, inspect.unwrap(test).__code__)

    return decorate


def _prepared(wrapped: Any, prepare: Callable[[], None], place: CodeType) -> Callable[..., None]:
    """The Hypothesis test with everything opened before Hypothesis measures the first example."""

    def prepared(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        prepare()
        wrapped(*args, **kwargs)

    function: Any = prepared
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(function, name, getattr(wrapped, name))
    # One namespace: `@settings` above this decorator sets what the test inside reads.
    wrapped.__signature__ = inspect.signature(wrapped)
    function.__dict__ = wrapped.__dict__
    for found in (function, wrapped):  # pytest shows the user's function, not ours
        found.__code__ = found.__code__.replace(
            co_filename=place.co_filename, co_firstlineno=place.co_firstlineno
        )
    return prepared


def _persisting(test: Callable[..., None], source: Source) -> Callable[..., Any]:
    """The test with its graph written before and everything rolled back after."""
    signature = inspect.signature(test)
    wanted = [name for name in SUPPLIED if name in signature.parameters]
    if not wanted:
        raise OptionError(
            f"{test.__qualname__} takes neither `graph` nor `session`.",
            hint=f"Write `def {test.__name__}(graph, session):`.",
        )

    others = [name for name in signature.parameters if name not in SUPPLIED]

    def body(*args: Any, graph: _Drawn, **kwargs: Any) -> None:
        __tracebackhide__ = True
        kwargs.update(zip(others, args, strict=False))
        try:
            with source.sessions().persisted(graph.graph) as supplied:
                found = dict(zip(SUPPLIED, supplied, strict=True))
                return test(**kwargs, **{name: found[name] for name in wanted})
        except OrmthesisError:
            raise
        except Exception:
            rows = row_lines(Case(graph=graph.graph), source.models.schema)
            hypothesis.note("\n    ".join(["Rows:", *rows]))
            raise

    return _disguised(body, test, signature)


def _disguised(
    body: Callable[..., object], test: Callable[..., None], signature: inspect.Signature
) -> Callable[..., Any]:
    """`body` with name, marks, settings and place of `test`, and its arguments but the session."""
    body.__dict__.update(test.__dict__)
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(body, name, getattr(test, name))
    parameters = [p for name, p in signature.parameters.items() if name not in SUPPLIED]
    drawn = inspect.Parameter("graph", inspect.Parameter.KEYWORD_ONLY)
    keywords = [p for p in parameters if p.kind is inspect.Parameter.VAR_KEYWORD]
    others = [p for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD]
    disguise: Any = body
    disguise.__wrapped__ = test  # its source is what Hypothesis knows the test by
    disguise.__signature__ = signature.replace(parameters=[*others, drawn, *keywords])
    return body
