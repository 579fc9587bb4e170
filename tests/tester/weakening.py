"""A change of a database after which it keeps other rules than the models declare."""

from __future__ import annotations

from dataclasses import dataclass

# (invariant, subject), as a run reports it.
Finding = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakening:
    """`finds` is what a sweep of the table's units reports; more than `allows` it must not.

    A rule that is missing or too weak is one finding. One that is too strict is up to three: by
    its own cases, and because valid rows, raw and through the ORM, are refused. `allows` holds
    those that only some drawn rows show.
    """

    id: str
    table: str
    ddl: tuple[str, ...]
    finds: frozenset[Finding]
    allows: frozenset[Finding] = frozenset()
    graphs: int = 4
    """How many are drawn: what few rows show takes more."""

    def __str__(self) -> str:
        return self.id.replace(" ", "-")


def weaker(identifier: str, table: str, invariant: str, subject: str, *ddl: str) -> Weakening:
    """Something is let in that the declarations keep out."""
    finds = frozenset({(invariant, subject)})
    return Weakening(id=identifier, table=table, ddl=ddl, finds=finds)


def other(
    identifier: str,
    table: str,
    finds: set[Finding],
    *ddl: str,
    allows: set[Finding] | None = None,
    graphs: int = 4,
) -> Weakening:
    """Valid rows are refused, or stored with other values."""
    return Weakening(
        id=identifier,
        table=table,
        ddl=ddl,
        finds=frozenset(finds),
        allows=frozenset(allows or ()),
        graphs=graphs,
    )


def replaced(table: str, constraint: str, definition: str) -> tuple[str, str]:
    """Statements that put another constraint in the place of one."""
    return (
        f"ALTER TABLE {table} DROP CONSTRAINT {constraint}",
        f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}",
    )


def reindexed(index: str, definition: str) -> tuple[str, str]:
    """Statements that put another unique index in the place of one."""
    return (f"DROP INDEX {index}", f"CREATE UNIQUE INDEX {index} ON {definition}")


def trigger(table: str, body: str) -> str:
    """A statement that makes a BEFORE INSERT trigger."""
    return (
        "CREATE FUNCTION weaken() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} RETURN NEW; END $$; "
        f"CREATE TRIGGER weaken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION weaken()"
    )
