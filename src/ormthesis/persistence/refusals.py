"""Many inserts that should be refused, tried in one message.

A refusal ends a message, so that each would cost a round trip. A function on the server tries them
one after the other instead. PL/pgSQL puts every block with an exception handler under a savepoint
of its own, so this is what the messages would do; the handler answers with the error's fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from ormthesis.persistence.wire import Wire

Fields = Callable[[DiagnosticField], str | None]

_NAME = "ormthesis_refusals"
_UNDONE = "OT000"
_DIAGNOSTICS = (
    (DiagnosticField.SQLSTATE, "RETURNED_SQLSTATE"),
    (DiagnosticField.MESSAGE_PRIMARY, "MESSAGE_TEXT"),
    (DiagnosticField.SCHEMA_NAME, "SCHEMA_NAME"),
    (DiagnosticField.TABLE_NAME, "TABLE_NAME"),
    (DiagnosticField.COLUMN_NAME, "COLUMN_NAME"),
    (DiagnosticField.DATATYPE_NAME, "PG_DATATYPE_NAME"),
    (DiagnosticField.CONSTRAINT_NAME, "CONSTRAINT_NAME"),
    (DiagnosticField.CONTEXT, "PG_EXCEPTION_CONTEXT"),
)
_FUNCTION = f"""
CREATE FUNCTION pg_temp.{_NAME}(statements text[], judging text)
RETURNS TABLE ({", ".join(f"f{at} text" for at in range(len(_DIAGNOSTICS)))})
LANGUAGE plpgsql AS $body$
DECLARE
  statement text;
BEGIN
  FOREACH statement IN ARRAY statements LOOP
    BEGIN
      EXECUTE statement;
      IF judging <> '' THEN EXECUTE judging; END IF;
      RAISE EXCEPTION USING ERRCODE = '{_UNDONE}';
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS {", ".join(f"f{at} = {n}" for at, (_, n) in enumerate(_DIAGNOSTICS))};
      RETURN NEXT;
    END;
  END LOOP;
END
$body$
"""


class Refusals:
    """Needs a function of the session's own, so only in databases that are ours."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        wire.must([_FUNCTION])

    def call(self, statements: Sequence[str], judging: Sequence[str]) -> str:
        """The statement that tries each of the statements after the others were undone."""
        array = ", ".join(map(_quoted, statements))
        return f"SELECT * FROM pg_temp.{_NAME}(ARRAY[{array}], {_quoted('; '.join(judging))})"

    def answers(self, result: PGresult) -> list[Fields | None]:
        """The error's fields of each statement, or None for what was accepted."""
        return [_fields(row) for row in self._wire.rows(result)]


def _fields(row: Sequence[str]) -> Fields | None:
    found = dict(zip((name for name, _ in _DIAGNOSTICS), row, strict=True))
    if found[DiagnosticField.SQLSTATE] == _UNDONE:
        return None
    # Our own function is the outermost one of every call.
    context = found[DiagnosticField.CONTEXT].splitlines()
    found[DiagnosticField.CONTEXT] = "\n".join(line for line in context if _NAME not in line)
    return lambda name: found.get(name) or None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
