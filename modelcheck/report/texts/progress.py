"""Progress while a matrix is checked: a live line on a terminal, now and then a plain line elsewhere.

Always on stderr.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.words import duration, plural
from modelcheck.result.progress import Standing
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.model import Pair

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

#: The first plain line comes after this many seconds, the next ones at least this far apart.
_FIRST, _NEXT = 5.0, 10.0
#: On a terminal nothing is shown of runs shorter than this.
_PATIENCE = 0.4


def pair_line(pair: Pair) -> str:
    """One line about a finished (variant, scenario)."""
    where = f"{pair.variant} in {pair.scenario}"
    if pair.failure:
        return f"{where}: {reason_text(pair.failure)}"
    violated = [cell.property_name for cell in pair.cells if cell.verdict is Verdict.VIOLATED]
    said = f"violated: {', '.join(violated)}" if violated else "nothing violated"
    surprises = sum(cell.surprise for cell in pair.cells)
    surprise = f"; {plural(surprises, 'surprise')}" if surprises else ""
    return f"{where}: {said}{surprise} ({duration(pair.seconds)})"


class PlainProgress:
    """For pipes and log files: a line every few seconds, and none at all for a run that is over at once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._planned = 0
        self._done = 0
        self._reused = 0
        self._started = time.monotonic()
        self._next = self._started + _FIRST
        self._running: dict[tuple[str, str], str] = {}

    def planned(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._planned += len(pairs)

    def started(self, variant: str, scenario: str) -> None:
        self._running[variant, scenario] = ""
        self.tick()

    def standing(self, variant: str, scenario: str, standing: Standing) -> None:
        self._running[variant, scenario] = _standing_text(standing)
        self.tick()

    def finished(self, pair: Pair) -> None:
        self._running.pop((pair.variant, pair.scenario), None)
        self.counted(pair.reused)

    def counted(self, reused: bool) -> None:
        """One more is done, of which nothing is told."""
        self._done += 1
        self._reused += reused
        self.tick()

    def tick(self) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _NEXT
        running = "; ".join(
            f"{variant} in {scenario}" + (f": {text}" if text else "")
            for (variant, scenario), text in self._running.items()
        )
        about = f" ({running})" if running else ""
        seconds = duration(now - self._started)
        done = f"{self._done} of {self._planned} done{_reused_text(self._reused)}"
        print(f"modelcheck: {seconds}: {done}{about}", file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing to clean up."""


class LiveProgress:
    """For terminals. Refreshed by hand: a thread of its own and forked children do not mix."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._display: RichProgress | None = None
        self._overall: TaskID | None = None
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._planned = 0
        self._done = 0
        self._reused = 0
        self._started = time.monotonic()
        self._running: list[tuple[str, str]] = []

    def planned(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._planned += len(pairs)

    def started(self, variant: str, scenario: str) -> None:
        self._running.append((variant, scenario))
        self.tick()

    def standing(self, variant: str, scenario: str, standing: Standing) -> None:
        self.tick()
        task = self._tasks.get((variant, scenario))
        if self._display is not None and task is not None:
            self._display.update(task, said=_standing_text(standing))
            self._display.refresh()

    def counted(self, reused: bool) -> None:
        """See ``PlainProgress.counted``."""
        self._done += 1
        self._reused += reused
        self.tick()

    def finished(self, pair: Pair) -> None:
        key = (pair.variant, pair.scenario)
        if key in self._running:
            self._running.remove(key)
        task = self._tasks.pop(key, None)
        if self._display is not None:
            if task is not None:
                self._display.remove_task(task)
            self._display.console.print(pair_line(pair), markup=False, highlight=False, soft_wrap=True)
        self.counted(pair.reused)

    def tick(self) -> None:
        if self._display is None:
            if time.monotonic() - self._started < _PATIENCE:
                return
            self._show()
        assert self._display is not None
        assert self._overall is not None
        self._display.update(self._overall, description=self._standing())
        for variant, scenario in self._running:
            if (variant, scenario) not in self._tasks:
                self._tasks[variant, scenario] = self._display.add_task(f"{variant} in {scenario}", total=None, said="")
        self._display.refresh()

    def close(self) -> None:
        """Take the display off the terminal and give the cursor back."""
        if self._display is not None:
            self._display.stop()
            self._display = None

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn

        console = Console(file=self._stream)
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[said]}", markup=False),
        )
        self._display = Progress(*columns, console=console, auto_refresh=False, transient=True)
        self._display.start()
        self._overall = self._display.add_task(self._standing(), total=None, said="")

    def _standing(self) -> str:
        checked = f"{self._done} of {self._planned} checked{_reused_text(self._reused)}"
        return f"{checked}, {duration(time.monotonic() - self._started)}"


def _reused_text(count: int) -> str:
    return f" ({count} reused)" if count else ""


def _standing_text(standing: Standing) -> str:
    if not standing.states:
        return f"depth {standing.depth}"
    rate = f", {standing.rate:,.0f}/s" if standing.rate else ""
    memory = f", {standing.memory / (1 << 20):,.0f} MiB" if standing.memory else ""
    return f"{plural(standing.states, 'state')}, depth {standing.depth}, {standing.frontier:,} open{rate}{memory}"


def progress_for(stream: TextIO) -> PlainProgress | LiveProgress:
    """The display that suits a stream."""
    return LiveProgress(stream) if stream.isatty() else PlainProgress(stream)
