"""`python -m benchmarks [NAME ...] [--url URL] [--with-demo]`: measure, print, compare.

`python -m benchmarks scale [--plot FILE]` can draw what it measured.
`python -m benchmarks mutants --schemas DIR [--seeds N] [--only SCHEMA]` needs a folder of schemas.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    endurance,
    filters,
    graph_cost,
    make_demo,
    mutants,
    orm_rate,
    probe_rate,
    scale,
    shrinking,
    whole_run,
)
from benchmarks.figures import Figure, table

BENCHES: dict[str, Callable[[str | None], list[Figure]]] = {
    "whole-run": whole_run.measure,
    "probe-rate": probe_rate.measure,
    "graph-cost": graph_cost.measure,
    "orm-rate": orm_rate.measure,
    "endurance": endurance.measure,
    "filters": filters.measure,
    "shrinking": shrinking.measure,
    "scale": scale.measure,
    "make-demo": make_demo.measure,
}
SLOW = ("make-demo", "mutants", "scale")


def main() -> int:
    """Exit code 0 when every limit is kept, else 1."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.schemas is not None:
        BENCHES["mutants"] = lambda url: mutants.measure(
            arguments.schemas, url, seeds=arguments.seeds, names=arguments.only
        )
    if arguments.plot is not None:
        BENCHES["scale"] = lambda url: scale.measure(url, arguments.plot)
    if unknown := [name for name in arguments.names if name not in BENCHES]:
        parser.error(f"unknown bench {unknown[0]}; there are {', '.join(BENCHES)}")
    usual = [name for name in BENCHES if name not in SLOW or arguments.with_demo]
    names = arguments.names or usual
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n", flush=True)
    kept = True
    for name in names:
        figures = BENCHES[name](arguments.url)
        kept = kept and all(figure.kept for figure in figures)
        print(f"{name}: {_title(name)}")
        print(table(figures), end="\n\n", flush=True)
    return 0 if kept else 1


def _title(name: str) -> str:
    module = sys.modules[f"benchmarks.{name.replace('-', '_')}"]
    return (module.__doc__ or "").splitlines()[0]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(BENCHES)}")
    parser.add_argument("--url", help="a PostgreSQL server; default: an embedded one")
    parser.add_argument("--schemas", type=Path, metavar="DIR", help="of the bench named mutants")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="runs of that bench")
    parser.add_argument(
        "--only", nargs="*", default=(), metavar="SCHEMA", help="some of the folder"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="a picture of the bench scale")
    parser.add_argument("--with-demo", action="store_true", help="include make-demo, which is slow")
    return parser


if __name__ == "__main__":
    sys.exit(main())
