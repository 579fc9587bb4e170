"""The failure in the README is what Ormthesis finds on the demo's models."""

from __future__ import annotations

import os

from ormthesis.config.settings import Config, Phase
from ormthesis.engine.plan import plan
from ormthesis.engine.session import open_world, read_declarations
from ormthesis.engine.unit import run_unit
from ormthesis.reporting.text import failure_text
from tests.unit.docs.pages import ROOT, blocks, read

CONFIG = Config(
    target="ormthesis.demo.headspace:Base",
    checks=("delete-sql",),
    include_models=("Project",),
    phases=(Phase.BOUNDARY,),
)


def test_the_failure_in_the_readme_is_found(run):
    shown = blocks(read(ROOT / "README.md"), "text")[0]
    models, context = read_declarations(CONFIG)
    database = run.clone(run.template, f"{os.environ.get('PYTEST_XDIST_WORKER', '0')}_readme")
    with open_world(models, context, database) as world:
        (unit,) = plan(context, CONFIG)
        failures = run_unit(world, unit, CONFIG, seed=1).failures
    database.drop()
    texts = [failure_text(failure, models.schema) for failure in failures]
    assert any(is_shortened(shown, text) for text in texts), texts


def is_shortened(shown: str, text: str) -> bool:
    """Whether each paragraph that is shown is one of the text's."""
    paragraphs = text.split("\n\n")
    return all(paragraph in paragraphs for paragraph in shown.rstrip("\n").split("\n\n"))
