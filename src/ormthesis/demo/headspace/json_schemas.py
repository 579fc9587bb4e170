"""JSON Schemas (draft 2020-12) of the JSONB columns, declared in the columns' `info`.

They describe only documents that come back from JSONB as they were written: whole numbers, and
text without NUL, which PostgreSQL refuses in JSONB.
"""

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _text(max_length: int) -> dict[str, Any]:
    """Text of 1 to `max_length` characters without NUL."""
    return {"type": "string", "pattern": f"^[^\\u0000]{{1,{max_length}}}$"}


TOOL_INPUT_SCHEMA: dict[str, Any] = {
    "$schema": _DIALECT,
    "title": "The call of a tool that a turn asks to run",
    "type": "object",
    "properties": {
        "tool": {"enum": ["Bash", "Edit", "Read", "AskUserQuestion"]},
        "command": _text(200),
        "file_path": _text(200),
        "timeout_ms": {"type": "integer", "minimum": 0, "maximum": 600_000},
        "run_in_background": {"type": "boolean"},
        "options": {
            "type": "array",
            "maxItems": 4,
            "items": {
                "type": "object",
                "properties": {"label": _text(40), "description": _text(120)},
                "required": ["label"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["tool"],
    "additionalProperties": False,
}

EVENT_PAYLOAD_SCHEMA: dict[str, Any] = {
    "$schema": _DIALECT,
    "title": "Details of an event",
    "type": "object",
    "properties": {
        "source": {"enum": ["hook", "watcher", "poller", "user"]},
        "message": _text(200),
        "old_state": {"enum": ["idle", "commanded", "processing", "awaiting_input", "complete"]},
        "new_state": {"enum": ["idle", "commanded", "processing", "awaiting_input", "complete"]},
        "confidence_percent": {"type": "integer", "minimum": 0, "maximum": 100},
        "tags": {"type": "array", "items": _text(20), "maxItems": 5, "uniqueItems": True},
    },
    "required": ["source"],
    "additionalProperties": False,
}


def json_document() -> JSONB:
    """JSONB in which Python's None is SQL NULL; the schemas admit no JSON null."""
    return JSONB(none_as_null=True)
