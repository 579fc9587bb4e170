"""Whose an exception is that comes up while objects are written, read or deleted.

What models, ORM, driver and server raise is observed: it answers the case. What our own code raises
answers nothing, and would be reported as a finding about somebody else's models.
"""

from __future__ import annotations

import sys
from traceback import walk_tb
from types import FrameType

import psycopg
import sqlalchemy as sa

from ormthesis.core.errors import InternalError, OrmthesisError, ServerError

_OURS = "ormthesis"
_MODELS_OF_OURS = "ormthesis.demo"

# They raise what their callers made them raise: the frame that called them counts.
_CALLED = sys.stdlib_module_names | {"psycopg", "psycopg_binary", "psycopg_c", "sqlglot"}

_WRONG_USE = ("25", "42601")
"""States that a statement causes by itself: no transaction, a failed one, a syntax error."""


def observable(error: Exception) -> Exception:
    """The error, where it is an observation.

    Raises InternalError for a defect of ours, ServerError for a connection that broke; errors of
    ours that say what they are go through as they are.
    """
    if isinstance(error, OrmthesisError):
        raise error
    wrapped = error.orig if isinstance(error, sa.exc.StatementError) else None
    cause = error if wrapped is None else wrapped
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    frame = _raiser(cause)
    if isinstance(cause, psycopg.OperationalError) and state is None:
        raise ServerError(f"The connection to the database cannot be used: {cause}") from error
    if state is not None and not state.startswith(_WRONG_USE):
        return error  # the server's answer, whoever asked
    if frame is None or not _is_ours(frame):
        return error
    raise InternalError(
        f"A defect of Ormthesis: {type(cause).__name__}: {cause}, in {_place(frame)}.",
        hint="Please report it, with this message and the models that show it.",
    ) from error


def _raiser(error: BaseException) -> FrameType | None:
    """The innermost frame that is to blame."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return next((frame for frame in reversed(frames) if not _is_called(frame)), None)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _is_called(frame: FrameType) -> bool:
    """Generated code may have no module."""
    package = _module(frame).partition(".")[0]
    return not package or package in _CALLED


def _is_ours(frame: FrameType) -> bool:
    module = f"{_module(frame)}."
    return module.startswith(f"{_OURS}.") and not module.startswith(f"{_MODELS_OF_OURS}.")


def _place(frame: FrameType) -> str:
    return f"{_module(frame)}, {frame.f_code.co_name}, line {frame.f_lineno}"
