"""Interleaved repetitions: contenders run in turn, so that a busy machine slows all alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Work = Callable[[int], float]
"""Takes the number of the round, for use as a seed; returns how many things it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """Seconds per thing of every contender in every round."""

    seconds: Mapping[str, tuple[float, ...]]

    def cost(self, name: str) -> float:
        """Median seconds per thing."""
        return median(self.seconds[name])

    def rate(self, name: str) -> float:
        """Things per second, at the median."""
        return 1 / self.cost(name)

    def ratio(self, name: str, other: str) -> float:
        """The median, over the rounds, of one cost divided by the other of the same round."""
        pairs = zip(self.seconds[name], self.seconds[other], strict=True)
        return median(ours / theirs for ours, theirs in pairs)


def interleaved(contenders: Mapping[str, Work], *, rounds: int) -> Rounds:
    """One unmeasured round to warm caches up, then `rounds` in alternating order."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds + 1):
        for name in names if number % 2 else reversed(names):
            gc.collect()
            started = time.perf_counter()
            things = contenders[name](number)
            spent = time.perf_counter() - started
            if number:
                seconds[name].append(spent / things)
    return Rounds(seconds={name: tuple(found) for name, found in seconds.items()})
