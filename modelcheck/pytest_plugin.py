"""A pytest plugin that collects specs: ``pytest --modelcheck specs/`` makes a test of each (variant, scenario).

``--modelcheck-cells`` makes one of each cell instead. A test fails on a surprise, or on a violation
that no ``expect`` line speaks about, and shows the race; where an answer is missing it is skipped.
Specs are checked in the test's own process, so ``pytest -n`` of xdist shares the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from modelcheck.ground.diagnostics import Diagnostic
    from modelcheck.studies.matrix.model import Cell
    from modelcheck.studies.matrix.plan import PairTask


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("modelcheck", "model checking")
    group.addoption(
        "--modelcheck", action="store_true", help="collect .mc files: a test for each design in each scenario"
    )
    group.addoption("--modelcheck-cells", action="store_true", help="collect .mc files: a test for each cell")
    group.addoption("--modelcheck-slow", action="store_true", help="run scenarios marked slow, too")
    group.addoption(
        "--modelcheck-no-cache", action="store_true", help="check everything anew; neither reuse results nor keep them"
    )
    group.addoption(
        "--modelcheck-timeout",
        type=float,
        default=None,
        metavar="SECONDS",
        help="time for each design in each scenario",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect specs if that was asked for. A file without a process is a part of other specs, and no test."""
    config = parent.config
    if file_path.suffix != ".mc" or not (config.getoption("modelcheck") or config.getoption("modelcheck_cells")):
        return None
    found: pytest.Collector = SpecFile.from_parent(parent, path=file_path)
    return found


class SpecFailure(Exception):
    """What a test says when it fails: text for people, no traceback."""


class SpecFile(pytest.File):
    """A spec: one test for each (variant, scenario), or a collector of cells for each."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Read the spec. What is wrong with it is a collection error."""
        from modelcheck.ground.diagnostics import SpecError

        try:
            tasks = self._planned()
        except SpecError as error:
            raise self.CollectError(_messages(error.diagnostics)) from None
        for task in tasks:
            name = f"{task.variant}-{task.scenario}"
            made: pytest.Item | pytest.Collector
            if self.config.getoption("modelcheck_cells"):
                made = CellsOfPair.from_parent(self, name=name, answers=Answers(task))
            else:
                made = SpecItem.from_parent(self, name=name, answers=Answers(task))
            yield made

    def _planned(self) -> tuple[PairTask, ...]:
        from modelcheck.ground.diagnostics import SpecError
        from modelcheck.ground.files import results_unless_unwanted
        from modelcheck.language import pipeline
        from modelcheck.language.syntax import ast
        from modelcheck.studies.matrix.cache.reuse import keyed
        from modelcheck.studies.matrix.options import Options
        from modelcheck.studies.matrix.plan import plan

        options = Options(
            seconds=self.config.getoption("modelcheck_timeout"),
            slow=bool(self.config.getoption("modelcheck_slow")),
            jobs=0,
            cache=None if self.config.getoption("modelcheck_no_cache") else results_unless_unwanted(),
        )
        try:
            spec = pipeline.load(self.path)
            # Declarations that other specs import are no spec.
            if not any(isinstance(item, ast.ProcessDecl) for item in spec.items):
                return ()
            return tuple(keyed(spec, plan(spec, options).tasks, options))
        except SpecError as error:
            # Nothing to run: every scenario is slow.
            if all(diagnostic.code == "MC505" for diagnostic in error.diagnostics):
                return ()
            raise


class Answers:
    """The cells of one design in one scenario, answered when the first test asks."""

    def __init__(self, task: PairTask) -> None:
        self.task = task
        self._cells: tuple[Cell, ...] | None = None

    def cells(self) -> tuple[Cell, ...]:
        """Raises ``SpecFailure`` if there are none."""
        from modelcheck.report.reasons.sentences import reason_text
        from modelcheck.studies.matrix.cache.reuse import answered, tidy

        if self._cells is None:
            pair = answered(self.task)
            tidy((pair,), self.task.options)
            if pair.failure:
                raise SpecFailure(f"{reason_text(pair.failure)}\n{_messages(pair.diagnostics)}".rstrip())
            self._cells = pair.cells
        return self._cells


class SpecItem(pytest.Item):
    """One design in one scenario, or one property of it."""

    def __init__(self, *, answers: Answers, property_name: str | None = None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.answers = answers
        self.property_name = property_name

    def runtest(self) -> None:
        """Compare the answers with what is expected; fail with everything that is wrong."""
        from modelcheck.report.places import wrong

        cells = [c for c in self.answers.cells() if self.property_name in (None, c.property_name)]
        bad = [cell for cell in cells if wrong(cell)]
        if bad:
            raise SpecFailure("\n\n".join(_told(bad)))
        _judge_missing(cells)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say what is wrong with the spec; an error of this program keeps its traceback."""
        if isinstance(excinfo.value, SpecFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the test comes from, and its title."""
        task = self.answers.task
        names = (task.variant, task.scenario, self.property_name)
        return self.path, None, ", ".join(name for name in names if name)


class CellsOfPair(pytest.Collector):
    """The cells of one design in one scenario."""

    def __init__(self, *, answers: Answers, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.answers = answers

    def collect(self) -> Iterator[pytest.Item]:
        """One test for each property of the model."""
        from modelcheck.ground.diagnostics import SpecError
        from modelcheck.language import pipeline

        task = self.answers.task
        try:
            model = pipeline.Loaded(task.spec).edited(task.variant).resolved(task.scenario).model
        except SpecError as error:
            raise self.CollectError(_messages(error.diagnostics)) from None
        for prop in model.properties:
            item: pytest.Item = SpecItem.from_parent(
                self, name=prop.name, answers=self.answers, property_name=prop.name
            )
            yield item


def _told(cells: Iterable[Cell]) -> Iterator[str]:
    """Each cell in a sentence, and each distinct race once."""
    from modelcheck.report.races.columns import race_in_columns
    from modelcheck.report.sentences import outcome_remark, verdict_sentence
    from modelcheck.result.verdict import Verdict
    from modelcheck.studies.matrix.races import signature

    drawn = set()
    for cell in cells:
        remark = outcome_remark(cell)
        yield f"{cell.property_name} {verdict_sentence(cell)}" + (f" ({remark})" if remark else "")
        if cell.trace is not None and cell.verdict is Verdict.VIOLATED and signature(cell.trace) not in drawn:
            drawn.add(signature(cell.trace))
            yield race_in_columns(cell.trace).rstrip()


def _judge_missing(cells: Iterable[Cell]) -> None:
    """Skip if an answer is missing; what nothing applies to has no answer to miss."""
    from modelcheck.report.sentences import verdict_sentence
    from modelcheck.result.verdict import Verdict

    cells = list(cells)
    undecided = (Verdict.UNKNOWN, Verdict.BOUNDED, Verdict.ERROR)
    missing = [cell for cell in cells if cell.verdict in undecided]
    if missing:
        more = f", and {len(missing) - 1} more" if missing[1:] else ""
        pytest.skip(f"{missing[0].property_name} {verdict_sentence(missing[0])}{more}")
    if cells and all(cell.verdict is Verdict.NOT_APPLICABLE for cell in cells):
        pytest.skip(f"{cells[0].property_name} {verdict_sentence(cells[0])}")


def _messages(diagnostics: Iterable[Diagnostic]) -> str:
    from modelcheck.report.texts.diagnostics_text import render_diagnostics

    return render_diagnostics(diagnostics).rstrip()
