"""Memory and processor time of processes: sampled while one runs, or asked for once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

INTERVAL_SECONDS = 0.1
MEGABYTE = 1_000_000


@dataclass(slots=True)
class Peak:
    """Megabytes, at the worst moment: of the process, and together with its descendants."""

    process: float = 0.0
    tree: float = 0.0


@contextmanager
def watched(pid: int) -> Iterator[Peak]:
    """Sample a process tree until the block ends.

    Pages that server processes share count once: proportional set size where the system knows it.
    """
    peak = Peak()
    over = threading.Event()
    root = psutil.Process(pid)

    def sample() -> None:
        while not over.wait(INTERVAL_SECONDS):
            peak.process = max(peak.process, _resident(root))
            peak.tree = max(peak.tree, sum(map(_proportional, _tree(root))))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _resident(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / MEGABYTE
    except psutil.NoSuchProcess:
        return 0.0


def _proportional(process: psutil.Process) -> float:
    try:
        memory = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0
    return float(getattr(memory, "pss", memory.uss)) / MEGABYTE


def private(pid: int) -> float | None:
    """Megabytes that a process shares with none; None for a process that is not on this machine."""
    try:
        return float(psutil.Process(pid).memory_full_info().uss) / MEGABYTE
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def processor_time(pid: int) -> float:
    """Seconds that a process has used; 0 for a process that is not on this machine."""
    try:
        times = psutil.Process(pid).cpu_times()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0
    return float(times.user + times.system)
