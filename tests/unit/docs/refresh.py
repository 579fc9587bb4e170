"""Write the samples of the documentation anew: `python -m tests.unit.docs.refresh [PAGE]...`.

A sample that is still reported stays; else the first report takes its place.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ormthesis.persistence.provisioning.run import open_run
from tests.unit.docs.pages import read
from tests.unit.docs.samples import PAGES, documented, reports

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Database


def refresh(page: Path, database: Database) -> None:
    sample = documented(page)
    found = reports(sample, database)
    if sample.report not in found:
        old, new = (f"```text\n{report}```" for report in (sample.report, found[0]))
        page.write_text(read(page).replace(old, new, 1), encoding="utf-8")


def main() -> None:
    with open_run() as run:
        database = run.create_database()
        for page in [Path(name).resolve() for name in sys.argv[1:]] or PAGES:
            refresh(page, database)


if __name__ == "__main__":
    main()
