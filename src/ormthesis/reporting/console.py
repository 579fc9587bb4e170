"""The report of a run on a terminal or in a log."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Self

from rich.text import Text

from ormthesis.core.text import plural
from ormthesis.engine.events import (
    Event,
    FailureFound,
    RunFinished,
    RunStarted,
    UnitFinished,
    UnitStarted,
    WarningRaised,
)
from ormthesis.engine.results import RunStatus, UnitStatus
from ormthesis.reporting.constraint_list import constraint_lines, counted, proved
from ormthesis.reporting.findings import finding
from ormthesis.reporting.progress import progress_display
from ormthesis.reporting.tables import LEGEND, unit_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from rich.console import Console

    from ormthesis.config.settings import Config
    from ormthesis.engine.results import RunResult
    from ormthesis.invariants.failure import Failure
    from ormthesis.schema import Models


class ConsoleReporter:
    """Shows progress while events come in, and the whole result with the last of them.

    A context manager: leaving it takes the live display down, whatever happened. With `quiet`
    only failures and the summary are shown.
    """

    def __init__(
        self, console: Console, models: Models, config: Config, *, quiet: bool = False
    ) -> None:
        self._console = console
        self._models = models
        self._config = config
        self._quiet = quiet
        self._progress = progress_display(console, quiet=quiet)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.close()

    def handle(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._header(event)
                self._progress.run_started(event)
            case UnitStarted():
                self._progress.unit_started(event)
            case FailureFound():
                self._progress.failure_found(event)
            case UnitFinished():
                self._progress.unit_finished(event)
            case WarningRaised():
                self._line(f"warning: {event.message}", "yellow")
            case RunFinished():
                self._progress.close()
                self._result(event.result)

    def _header(self, event: RunStarted) -> None:
        if not self._quiet:
            units = plural(len(event.units), "unit")
            self._line(f"{event.target} on {event.database}: {units}, seed {event.seed}", "bold")

    def _result(self, result: RunResult) -> None:
        if not self._quiet:
            self._units(result)
        self._failures(result.failures)
        if not self._quiet:
            self._constraints(result)
        self._known(result)
        self._stale(result.stale_baseline)
        self._console.print()
        self._line(summary(result), "bold red" if result.failures else "bold green")

    def _units(self, result: RunResult) -> None:
        for table in unit_tables(result.units, self._console.width):
            self._console.print()
            self._console.print(table)
        self._console.print()
        self._verbatim(LEGEND, "dim")
        untested = [unit for unit in result.units if unit.status is UnitStatus.NOT_TESTED]
        if untested:
            self._title("Not tested")
        for unit in untested:
            self._line(f"  {unit.model} {unit.invariant}: {unit.reason}")

    def _failures(self, failures: tuple[Failure, ...]) -> None:
        groups = list(by_cause(failures))
        for number, group in enumerate(groups, start=1):
            about = f"{plural(len(group), 'failure')} about {group[0].subject}"
            self._title(f"Cause {number} of {len(groups)}: {about}", "bold red")
            for failure in group:
                self._console.print()
                self._failure(failure)

    def _failure(self, failure: Failure) -> None:
        found = finding(failure, self._models, self._config)
        if self._quiet:
            self._line(f"{failure.title}  [{failure.id}]")
            self._line(f"  {found.message}")
            self._line(f"  ormthesis replay {failure.id}")
        else:
            self._verbatim(found.text(self._console.width))

    def _constraints(self, result: RunResult) -> None:
        lines = list(constraint_lines(result.constraints, self._console.width))
        if not result.constraints:
            return
        self._title(lines[0])
        self._verbatim("\n".join(lines[1:]))

    def _known(self, result: RunResult) -> None:
        if result.known:
            self._title("Known failures, accepted by the baseline", "bold yellow")
        for known in result.known:
            found = finding(known.failure, self._models, self._config)
            if self._quiet:
                self._line(f"  {known.failure.title}  [{known.failure.id}]: {known.reason}")
            else:
                self._console.print()
                self._verbatim(found.known_text(known.reason, self._console.width))

    def _stale(self, entries: tuple[str, ...]) -> None:
        if entries:
            self._title("Baseline entries that match nothing any more: take them out", "yellow")
        for entry in entries:
            self._line(f"  {entry}")

    def _title(self, text: str, style: str = "bold") -> None:
        self._console.print()
        self._line(text, style)

    def _line(self, text: str, style: str = "") -> None:
        """Wrapped to the width, under its own indent; no markup, no colours but the style."""
        indent = " " * (len(text) - len(text.lstrip()) + 2)
        lines = textwrap.wrap(
            text,
            self._console.width,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        self._verbatim("\n".join(lines), style)

    def _verbatim(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)


def by_cause(failures: Iterable[Failure]) -> Iterator[tuple[Failure, ...]]:
    """Failures about the same rule, relationship or model, whichever invariants found them."""
    groups: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        groups.setdefault((failure.table, failure.subject), []).append(failure)
    yield from map(tuple, groups.values())


def summary(result: RunResult) -> str:
    """The last line: what was tested, what was found, how long it took."""
    parts = [
        plural(len(result.failures), "failure"),
        *([f"{len(result.known)} known"] if result.known else []),
        *([plural(len(result.warnings), "warning")] if result.warnings else []),
        f"{proved(result.constraints)} of {plural(counted(result.constraints), 'constraint')} "
        "proved both ways",
        plural(sum(unit.probes for unit in result.units), "probe"),
        f"{result.seconds:.1f} s",
        f"seed {result.seed}",
    ]
    word = "PASSED" if result.status is RunStatus.PASSED else "FAILED"
    return f"{word}: {', '.join(parts)}"
