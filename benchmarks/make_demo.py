"""`make demo` from a fresh clone with an empty cache of environments, and a second time."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure

ROOT = Path(__file__).resolve().parent.parent
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR")
"""And what tells pip where packages come from; nothing that is cached or installed."""


def measure(url: str | None) -> list[Figure]:
    """The last commit is cloned; `url` is not used, since the demo starts its own server."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        first, second = (_demo(clone, Path(folder) / "home") for _ in range(2))
    return [
        Figure(name="fresh clone, empty caches", value=first, unit="s", limit=120),
        Figure(name="second time", value=second, unit="s", limit=45),
    ]


def _demo(clone: Path, home: Path) -> float:
    """Seconds of one `make demo`. Raises RuntimeError with its output when it fails."""
    home.mkdir(exist_ok=True)
    started = time.perf_counter()
    done = subprocess.run(
        ["make", "demo"],
        cwd=clone,
        env=_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"make demo ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return seconds


def _environment(home: Path) -> dict[str, str]:
    """No caches and no settings of this user but those about package indexes."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(("PIP_", "UV_"))
    }
    caches = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "PIP_CACHE_DIR": str(home / "pip")}
    return {**kept, **caches, "UV_CACHE_DIR": str(home / "uv")}
