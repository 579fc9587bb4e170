"""What is shown while a run is under way: a live bar on a terminal, else a line per model."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ormthesis.core.text import plural
from ormthesis.engine.results import UnitStatus

if TYPE_CHECKING:
    from rich.console import Console

    from ormthesis.engine.events import FailureFound, RunStarted, UnitFinished, UnitStarted
    from ormthesis.engine.results import UnitResult


class ProgressDisplay(Protocol):
    def run_started(self, event: RunStarted) -> None: ...
    def unit_started(self, event: UnitStarted) -> None: ...
    def failure_found(self, event: FailureFound) -> None: ...
    def unit_finished(self, event: UnitFinished) -> None: ...
    def close(self) -> None: ...


def progress_display(console: Console, *, quiet: bool) -> ProgressDisplay:
    if quiet:
        return NoProgress()
    return LiveBar(console) if console.is_terminal else LinePerModel(console)


class NoProgress:
    """Nothing, for `--quiet`."""

    def run_started(self, event: RunStarted) -> None: ...
    def unit_started(self, event: UnitStarted) -> None: ...
    def failure_found(self, event: FailureFound) -> None: ...
    def unit_finished(self, event: UnitFinished) -> None: ...
    def close(self) -> None: ...


class LiveBar:
    """A bar over the units with the current one, redrawn in place; failures appear above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)

    def run_started(self, event: RunStarted) -> None:
        self._bar.update(self._task, total=len(event.units))
        self._bar.start()

    def unit_started(self, event: UnitStarted) -> None:
        self._bar.update(self._task, description=escape(f"{event.model} {event.invariant}"))

    def failure_found(self, event: FailureFound) -> None:
        _print_found(self._console, event)

    def unit_finished(self, event: UnitFinished) -> None:
        self._bar.advance(self._task)

    def close(self) -> None:
        self._bar.stop()


class LinePerModel:
    """One line when the last unit of a model is done: for pipes and the logs of CI."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._expected: Counter[str] = Counter()
        self._done: dict[str, list[UnitResult]] = {}

    def run_started(self, event: RunStarted) -> None:
        self._expected = Counter(model for model, _ in event.units)

    def unit_started(self, event: UnitStarted) -> None: ...

    def failure_found(self, event: FailureFound) -> None:
        _print_found(self._console, event)

    def unit_finished(self, event: UnitFinished) -> None:
        model = event.result.model
        results = self._done.setdefault(model, [])
        results.append(event.result)
        if len(results) == self._expected[model]:
            self._console.print(model_line(model, results), markup=False, highlight=False)

    def close(self) -> None: ...


def model_line(model: str, results: list[UnitResult]) -> str:
    """`Agent: 12 passed, 1 failed, 840 probes, 3.1 s`."""
    counts = Counter(result.status for result in results)
    parts = [f"{counts[status]} {status.value}" for status in UnitStatus if counts[status]]
    probes = plural(sum(result.probes for result in results), "probe")
    seconds = sum(result.seconds for result in results)
    return f"{model}: {', '.join(parts)}, {probes}, {seconds:.1f} s"


def _print_found(console: Console, event: FailureFound) -> None:
    failure = event.failure
    line = f"found: {failure.model} {failure.invariant}: {failure.title}"
    console.print(line, markup=False, highlight=False, soft_wrap=True)
