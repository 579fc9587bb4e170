"""What a user's function raised, in its own words and with its place."""

from __future__ import annotations

import sys
from traceback import FrameSummary, walk_tb

from ormthesis.core.claims import Claim
from ormthesis.core.text import shorten
from ormthesis.oracle.outcome import Breach

_OTHERS = sys.stdlib_module_names | {"ormthesis", "sqlalchemy", "psycopg", "psycopg_binary"}
_LONGEST = 300


def breach_of(error: Exception, claim: Claim) -> Breach:
    """A failed assertion is a plain no; any other error has its class in the answer."""
    asserted = isinstance(error, AssertionError)
    module, frame = _raiser(error, claim)
    words = shorten(str(error), _LONGEST) or (frame.line if asserted else "")
    text = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return Breach(
        what="does not hold" if asserted else f"raises {type(error).__name__}",
        message=f"{text}, in {frame.name} of {module}, line {frame.lineno}",
        raised="" if asserted else type(error).__name__,
    )


def _raiser(error: Exception, claim: Claim) -> tuple[str, FrameSummary]:
    """The innermost frame of a user's own code, with its module."""
    for frame, line in reversed(list(walk_tb(error.__traceback__))):
        module = str(frame.f_globals.get("__name__", ""))
        if module and module.partition(".")[0] not in _OTHERS:
            return module, FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name)
    return claim.module, FrameSummary("", claim.line, claim.name)
