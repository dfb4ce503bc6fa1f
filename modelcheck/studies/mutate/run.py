"""All mutants of a design."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Protocol

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.ground.records import dataclass
from modelcheck.ground.suggest import did_you_mean
from modelcheck.ground.workers import Failed, Finished, Tick, run_tasks
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.result.budget import Budget, ending, within
from modelcheck.studies.matrix.answers import preload
from modelcheck.studies.matrix.expectations import Outcome as Compared
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.plan import Plan
from modelcheck.studies.matrix.run import Listener
from modelcheck.studies.mutate.cache import Known
from modelcheck.studies.mutate.judge import judge
from modelcheck.studies.mutate.model import Judged, MutationResult, Outcome
from modelcheck.studies.mutate.mutants import Mutant
from modelcheck.studies.mutate.operators import OPERATORS
from modelcheck.studies.mutate.original import Original, check_original

#: Seconds for one scenario of one mutant, if the user sets no limit: what a mutant lets grow for ever ends somewhere.
SECONDS = 30.0


class Watcher(Listener, Protocol):
    """Hears what happens: of the check of the design itself as any ``Listener``."""

    def counted(self, reused: bool) -> None:
        """One more mutant was judged."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which mutants: names of operators, of mutants (patterns both); empty for all."""

    operators: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[tuple[str, ...], ...]:
        """All that tells it from another wish."""
        return self.operators, self.names

    def of(self, made: Sequence[Mutant]) -> tuple[Mutant, ...]:
        """Return those that are wanted. Raises ``SpecError`` (MC514) for a name that fits none."""
        bag = DiagnosticBag()
        known = [operator.name for operator in OPERATORS]
        for name in self.operators:
            if not any(fnmatchcase(other, name) for other in known):
                bag.error("MC514", f"there is no operator `{name}`" + did_you_mean(name, known), None)
        names = [mutant.name for mutant in made]
        for name in self.names:
            if not any(fnmatchcase(other, name) for other in names):
                bag.error("MC514", f"there is no mutant `{name}`" + did_you_mean(name, names), None)
        bag.raise_errors()
        return tuple(mutant for mutant in made if self._wants(mutant))

    def _wants(self, mutant: Mutant) -> bool:
        return (not self.operators or any(fnmatchcase(mutant.operator, name) for name in self.operators)) and (
            not self.names or any(fnmatchcase(mutant.name, name) for name in self.names)
        )


@dataclass(frozen=True, slots=True)
class _Task:
    original: Original
    mutant: Mutant
    budget: Budget
    known: Known


def run_mutants(
    spec: ast.Spec,
    path: str,
    variant: str,
    options: Options,
    planned: Plan,
    skipped: Sequence[str],
    made: Sequence[Mutant],
    watcher: Watcher | None = None,
) -> MutationResult:
    """Judge mutants (``made``) of a design. An interrupt (Ctrl-C) ends the run early: what was found by
    then is returned.

    ``planned``, ``skipped``: from ``original.chosen``. Raises ``SpecError`` if the design cannot be used.
    """
    started = time.perf_counter()
    original, checked = check_original(spec, path, variant, options, planned, watcher)
    done: dict[int, Judged] = {}
    if watcher is not None:
        watcher.planned([(mutant.name, variant) for mutant in made])
    try:
        for index, one in _judged(original, made, options, watcher):
            done[index] = one
            if watcher is not None:
                watcher.counted(one.reused)
    except KeyboardInterrupt:
        pass
    return MutationResult(
        spec=path,
        model=pipeline.model_name(spec),
        variant=variant,
        scenarios=planned.scenarios,
        skipped=tuple(skipped),
        judged=tuple(done[index] for index in sorted(done)),
        total=len(made),
        failing=tuple(
            (cell.scenario, cell.property_name)
            for cell in checked.cells
            if cell.outcome in (Compared.SURPRISE, Compared.VIOLATION, Compared.UNDECIDED)
        ),
        seconds=time.perf_counter() - started,
        diagnostics=planned.diagnostics,
    )


def _judged(
    original: Original, made: Sequence[Mutant], options: Options, watcher: Watcher | None
) -> Iterator[tuple[int, Judged]]:
    seconds = SECONDS if options.seconds is None else options.seconds
    known = Known(options)
    tasks = [_Task(original, mutant, Budget(within(seconds), options.memory), known) for mutant in made]
    if options.jobs == 0:
        for index, task in enumerate(tasks):
            yield index, _work(task, lambda _: None)
        return
    preload(options, len(tasks))
    for scenario in original.scenarios:
        original.system(scenario.name)
    limit = ending(seconds) * max(len(original.scenarios), 1)
    jobs = min(options.jobs, max(len(tasks), 1))
    events = run_tasks(_work, tasks, jobs, limit, reuse=True, memory=options.memory)
    try:
        for event in events:
            match event:
                case Finished(index=index, result=result):
                    yield index, result
                case Failed(index=index, reason=reason):
                    yield index, Judged(made[index], Outcome.UNDECIDED, reason=reason)
                case Tick() if watcher is not None:
                    watcher.tick()
    finally:
        events.close()


def _work(task: _Task, say: Callable[[object], None]) -> Judged:
    return judge(task.original, task.mutant, task.budget, task.known)
