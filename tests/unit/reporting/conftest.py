"""Scripts of reproductions have their own tests; here they are two fixed texts.

Names of what is replaced are texts: importing strategies in a conftest makes Hypothesis warn.
"""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def fixed_scripts(monkeypatch):
    monkeypatch.setattr(
        "ormthesis.reporting.findings.script_for", lambda *_, target: f"print({target!r})\n"
    )
    monkeypatch.setattr(
        "ormthesis.reporting.findings.sql_for", lambda failure, models: "SELECT 'in SQL';\n"
    )
