"""Which server the integration tests use."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING

from ormthesis.persistence.provisioning.urls import parse_server_url

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import URL

URL_VARIABLE = "TEST_DATABASE_URL"


def database_url(project_folder: Path) -> URL | None:
    """The URL in `TEST_DATABASE_URL`, else the configured one; None means the embedded server.

    Raises DatabaseUrlError when the text is no PostgreSQL URL.
    """
    text = os.environ.get(URL_VARIABLE) or configured_url(project_folder)
    return parse_server_url(text) if text else None


def configured_url(project_folder: Path) -> str | None:
    """`url` in the table `[tool.ormthesis]` of the project's pyproject.toml."""
    with (project_folder / "pyproject.toml").open("rb") as file:
        return tomllib.load(file).get("tool", {}).get("ormthesis", {}).get("url")
