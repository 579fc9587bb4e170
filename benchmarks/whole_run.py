"""The whole default run on the seven models, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.memory import Peak, watched
from benchmarks.place import TARGET

SEED = 1
KNOWN_FINDINGS = 3
"""Orders of referential actions that refuse a delete; see the demo's baseline."""
_COMMAND = (sys.executable, "-c", "from ormthesis.cli import main; main()", "run", TARGET)


def measure(url: str | None) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        before = os.times()
        seconds, peak, document = _run(Path(folder), url)
        after = os.times()
    processor = after.children_user + after.children_system
    processor -= before.children_user + before.children_system
    constraints = document["constraints"]
    proved = [rule for rule in constraints if rule["verdict"] == "proved"]
    probes = sum(unit["probes"] for unit in document["invariants"])
    tables = {failure["invariant"] for failure in document["failures"]}
    return [
        Figure(name="wall time", value=seconds, unit="s", limit=30, peer=f"{probes:,} probes"),
        Figure(name="processor time of the client", value=processor, unit="s"),
        Figure(name="client, peak resident", value=peak.process, unit="MB", limit=400),
        Figure(
            name="client and embedded server, peak",
            value=peak.tree,
            unit="MB",
            limit=400,
            peer="shared pages counted once",
        ),
        Figure(
            name="constraints proved both ways",
            value=len(proved),
            limit=len(constraints),
            at_least=True,
            peer="all that the models declare",
        ),
        Figure(
            name="true findings",
            value=len(document["failures"]),
            limit=KNOWN_FINDINGS,
            at_least=True,
            peer=f"reported by {', '.join(sorted(tables))}",
        ),
    ]


def _run(folder: Path, url: str | None) -> tuple[float, Peak, dict[str, Any]]:
    """Seconds, memory and the JSON result of one run, in a folder with no reproductions."""
    report = folder / "result.json"
    command = [*_COMMAND, "--seed", str(SEED), "--json", str(report), "--quiet"]
    if url:
        command += ["--url", url]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with watched(process.pid) as peak:
        output, _ = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode not in (0, 1):
        raise RuntimeError(f"The run ended with {process.returncode}:\n{output}")
    return seconds, peak, json.loads(report.read_text())
