"""How a script asks a user's invariant, and the query of one as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ormthesis.core.claims import ClaimKind
from ormthesis.core.errors import OrmthesisError
from ormthesis.persistence.users_query import made
from ormthesis.reporting.reproduction.layout import quoted
from ormthesis.schema.claims import claims_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.core.claims import Claim
    from ormthesis.engine.reproductions import Reproduction
    from ormthesis.reporting.reproduction.python_text import PythonText
    from ormthesis.schema.claims import BoundClaim
    from ormthesis.schema.models import Models

_FRESH = 'with orm.Session(connection, join_transaction_mode="create_savepoint") as fresh:'


class Question:
    """Lines that note in `found` that an invariant does not hold, and return that."""

    def __init__(
        self, found: Reproduction, models: Models, python: PythonText, uses: set[str]
    ) -> None:
        self._name = found.invariant
        self._bound = _bound(models, found.case.operation.asks)
        self._python = python
        self._uses = uses

    def lines(self) -> Iterator[str]:
        yield "found = []"
        if self._bound is None:
            yield self._missing(f"{self._name} is declared nowhere any more")
        else:
            yield from self._asked(self._bound)
        yield "return found"

    def _asked(self, bound: BoundClaim) -> Iterator[str]:
        function, name = self._function(bound.claim), quoted(self._name)
        if bound.claim.kind is ClaimKind.QUERY:
            self._uses.add("returned")
            yield f"for row in returned(connection, {function}()):"
            yield f'    found.append(f"{self._name} returns {{row}}")'
            return
        self._uses.update(("orm", "broken"))
        yield _FRESH
        if bound.claim.kind is ClaimKind.SESSION:
            yield f"    found += broken({name}, {function}, fresh)"
            return
        for each in bound.classes:
            mapped = self._python.mapped_class(each)
            yield f"    for instance in fresh.scalars(sa.select({mapped})).unique().all():"
            yield f"        found += broken({name}, {function}, instance)"

    def _function(self, claim: Claim) -> str:
        """The function by its name; what says so where no module holds it by one."""
        name = self._python.class_name(cast("Any", claim.function))
        where = f"{self._name} of {claim.module}, line {claim.line}, cannot be imported by name"
        return name or self._missing(where)

    def _missing(self, what: str) -> str:
        self._uses.add("missing")
        return f"missing({quoted(what)})"


def query_text(models: Models, asked: str | None) -> str:
    """The query of a user's invariant as SQL; empty where it makes none, or has values that cannot
    be written as literals."""
    bound = _bound(models, asked)
    if bound is None or bound.claim.kind is not ClaimKind.QUERY:
        return ""
    try:
        query = made(bound.claim)
        if isinstance(query, str):
            return query.strip().rstrip(";")
        dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
        literal = {"literal_binds": True}
        return str(cast("Any", query).compile(dialect=dialect, compile_kwargs=literal))
    except (OrmthesisError, sa.exc.SQLAlchemyError, NotImplementedError):
        return ""


def _bound(models: Models, asked: str | None) -> BoundClaim | None:
    return claims_of(models).get(asked or "")
