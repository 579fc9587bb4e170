"""PostgreSQL's text of an array, read."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<sign>[{},])|(?P<bare>[^{},"]+)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse_array(text: str) -> list[Any]:
    """`{a,"b c",NULL}` as `["a", "b c", None]`; further dimensions as lists of lists.

    Bounds before the text, as in `[0:1]={1,2}`, are dropped, as the driver does.
    """
    stack: list[list[Any]] = [[]]
    for token in _TOKEN.finditer(text[text.index("{") :]):
        if token["sign"] == "{":
            stack.append([])
        elif token["sign"] == "}":
            stack[-2].append(stack.pop())
        elif token["quoted"] is not None:
            stack[-1].append(_ESCAPED.sub(r"\1", token["quoted"]))
        elif token["bare"] is not None:
            stack[-1].append(None if token["bare"].upper() == "NULL" else token["bare"])
    found: list[Any] = stack[0][0]
    return found
