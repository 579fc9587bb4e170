"""What units have to say besides their findings reaches the user, and not as a number alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ormthesis.config.settings import Config
from ormthesis.engine.events import RunFinished, WarningRaised
from ormthesis.engine.run import run as run_engine
from ormthesis.schema import load_models

if TYPE_CHECKING:
    from pathlib import Path

    from ormthesis.persistence.provisioning.run import Run


class Base(DeclarativeBase):
    pass


class Guest(Base):
    __tablename__ = "guests"
    __table_args__ = (
        CheckConstraint("age >= 18", name="adult"),
        CheckConstraint("age > 0", name="born"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    age: Mapped[int]


def test_each_warning_of_the_result_is_an_event(run: Run, tmp_path: Path) -> None:
    config = Config(
        target="guests",
        url=run.server_url.render_as_string(hide_password=False),
        checks=("check",),
        max_examples=1,
        reproductions=tmp_path,
    )
    events = list(run_engine(config, load_models(Base)))
    (finished,) = [event for event in events if isinstance(event, RunFinished)]
    raised = [event.message for event in events if isinstance(event, WarningRaised)]
    assert raised == list(finished.result.warnings)
    assert [text for text in raised if "guests.check(born) can be dropped" in text]
