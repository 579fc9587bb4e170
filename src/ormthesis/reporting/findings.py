"""A failure with all that is printed about it: its place on disk and its runnable forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ormthesis.engine.reproductions.store import ReproductionStore
from ormthesis.reporting.reproduction import script_for, sql_for
from ormthesis.reporting.text import failure_message, failure_text

if TYPE_CHECKING:
    from pathlib import Path

    from ormthesis.config.settings import Config
    from ormthesis.invariants.failure import Failure
    from ormthesis.schema import Models


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One failure of one run, ready to be shown."""

    failure: Failure
    models: Models
    target: str
    saved: Path

    @property
    def message(self) -> str:
        return failure_message(self.failure, self.models.schema)

    def known_text(self, reason: str, width: int = 80) -> str:
        """The report of a failure that is accepted: without the scripts."""
        schema = self.models.schema
        return failure_text(self.failure, schema, saved=self.saved, known=reason, width=width)

    def text(self, width: int = 80) -> str:
        """The whole report, with the Python script and the SQL."""
        return failure_text(
            self.failure,
            self.models.schema,
            saved=self.saved,
            script=script_for(self.failure, self.models, target=self.target),
            sql=sql_for(self.failure, self.models),
            width=width,
        )


def finding(failure: Failure, models: Models, config: Config) -> Finding:
    """Where the engine saves the reproduction follows from its id."""
    saved = ReproductionStore(config.reproductions).path(failure.id)
    return Finding(failure=failure, models=models, target=config.target, saved=saved)
