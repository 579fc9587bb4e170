"""A failing case as a standalone Python script that a person can read and edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ormthesis.engine.reproductions import Reproduction
from ormthesis.generation.case import OperationKind
from ormthesis.invariants.failure import Failure, Isolation
from ormthesis.oracle.judge import Verdict
from ormthesis.reporting.reproduction.layout import quoted
from ormthesis.reporting.reproduction.python_text import PythonText
from ormthesis.reporting.reproduction.script_frame import (
    COMMIT,
    EXTENSIONS,
    HELPERS,
    MAIN,
    SCHEMAS,
    USAGE,
    helper_texts,
)
from ormthesis.reporting.reproduction.script_objects import ObjectBody
from ormthesis.reporting.reproduction.script_rows import RowBody
from ormthesis.reporting.reproduction.target_import import target_import
from ormthesis.reporting.reproduction.wording import operation_text, predicted_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.reporting.reproduction.script_rows import Body
    from ormthesis.reporting.reproduction.target_import import TargetImport
    from ormthesis.schema.models import Models

_RESERVED = frozenset(HELPERS) | {
    *("contextlib", "decimal", "dt", "importlib", "orm", "os", "sa", "sys", "traceback", "uuid"),
    *("attempt", "identity", "main", "operate", "prepare", "say", "scratch_database"),
    *("connection", "fresh", "found", "instance", "metadata", "row", "session", "status"),
    "tables",
}
"""Names of the script itself, which no class of the models may take."""


def script_for(source: Failure | Reproduction, models: Models, *, target: str = "") -> str:
    """A script that imports only SQLAlchemy, the standard library and the user's models.

    It takes a server's URL, works in a scratch database, and ends with 1 when the failure is
    reproduced, 0 when it is not, 2 on an error. `target` is `package.module:attribute`; where it
    is not given, that of the reproduction or the models' base class is imported. Raises OptionError
    where the models cannot be imported by any name.
    """
    found = Reproduction.of(source, target=target) if isinstance(source, Failure) else source
    imported = target_import(models, target or found.target, _RESERVED)
    python = PythonText(reserved=_RESERVED | {imported.metadata.partition(".")[0]})
    body = _body(found, models, python)
    prepare = _function("prepare", "Rows that are there before the operation.", body.prepare())
    operate = _function("operate", f"{operation_text(found)}.", body.operate())
    blocks = [
        _head(found),
        _imports(python, "orm" in body.uses),
        _model_imports(imported, python),
        _constants(found),
        *helper_texts(body.uses & HELPERS.keys()),
        prepare,
        operate,
        _main(found, models, committed=found.isolation is Isolation.COMMITTED),
    ]
    return "\n".join(blocks[:3]) + "\n" + "\n\n".join(blocks[3:])


def _body(found: Reproduction, models: Models, python: PythonText) -> Body:
    objects = (OperationKind.INSERT_OBJECTS, OperationKind.VALIDATE)
    kind = ObjectBody if found.case.operation.kind in objects else RowBody
    return kind(found, models, python)


def _head(found: Reproduction) -> str:
    about = f"Invariant {found.invariant} of {found.model}, failure {found.id}, found by Ormthesis."
    text = f"{found.title}\n\n{about}\n\n{USAGE.format(id=found.id)}"
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{escaped}"""\n'


def _imports(python: PythonText, orm: bool) -> str:
    standard = {"import contextlib", "import os", "import sys", "import traceback", "import uuid"}
    lines = sorted(standard | set(python.standard_imports()))
    ours = ["import sqlalchemy as sa", *(["from sqlalchemy import orm"] if orm else [])]
    return "\n".join([*lines, "", *ours, ""])


def _model_imports(target: TargetImport, python: PythonText) -> str:
    """What can fail with the models ends with 2, never with Python's own 1."""
    registry = target.metadata.removesuffix(".metadata") + ".registry"
    imports = dict.fromkeys([*target.lines, *python.class_imports()])
    lines = [*imports, f"metadata = {target.metadata}", *python.lookups(registry)]
    return "\n".join(
        [
            "sys.path.insert(0, os.getcwd())",
            "try:",
            *(f"    {line}" for line in lines),
            "except Exception:",
            "    traceback.print_exc()",
            "    sys.exit(2)",
            "",
        ]
    )


def _constants(found: Reproduction) -> str:
    return "\n".join(
        [
            f"TITLE = {quoted(found.title)}",
            f"PREDICTED = {quoted(predicted_text(found))}",
            "tables = metadata.tables",
            "",
        ]
    )


def _function(name: str, docstring: str, lines: Iterator[str]) -> str:
    escaped = docstring.replace("\\", "\\\\").replace('"', "'")
    body = [f"    {line}".rstrip() for line in lines]
    return "\n".join([f"def {name}(connection):", f'    """{escaped}"""', *body, ""])


def _main(found: Reproduction, models: Models, *, committed: bool) -> str:
    schemas = sorted({table.schema for table in models.schema.tables if table.schema})
    extensions = sorted(models.schema.extensions)
    operation = found.case.operation
    any_error = operation.through_orm or operation.kind is OperationKind.VALIDATE
    return MAIN.format(
        refusals="Exception" if any_error else "(sa.exc.SQLAlchemyError, UnicodeError)",
        schemas=(SCHEMAS.format(names=schemas) if schemas else "")
        + (EXTENSIONS.format(names=extensions) if extensions else ""),
        commit=COMMIT if committed else "",
        reproduced=_condition(found),
    )


def _condition(found: Reproduction) -> str:
    """When the script says REPRODUCED: the outcome is not the predicted one."""
    match found.verdict:
        case Verdict.ACCEPTED:
            return "error is None"
        case Verdict.WRONG_STATE:
            return "error is not None or bool(differences)"
        case Verdict.BROKEN:
            return "bool(differences)"
        case Verdict.WRONG_RULE:
            assert found.rejection is not None
            named = found.rejection.constraint or found.rejection.column
            return f"error is None or identity(error) == {(found.rejection.sqlstate, named)!r}"
    return "error is not None"
