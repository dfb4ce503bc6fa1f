"""The whole matrix of a spec: which cells there are, who checks them, in which order they come back."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag, Severity, SpecError
from modelcheck.ground.ended import InternalError
from modelcheck.ground.records import dataclass
from modelcheck.ground.workers import Failed, Finished, Said, Started, Tick, run_tasks
from modelcheck.language import pipeline, variants
from modelcheck.language.syntax import ast
from modelcheck.result.budget import LEAST_SECONDS, ending
from modelcheck.result.progress import Relay, Standing
from modelcheck.result.reasons.reason import NoAnswer
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.answers import preload
from modelcheck.studies.matrix.attribution import Attribution
from modelcheck.studies.matrix.cache.reuse import keyed, recall, tidy
from modelcheck.studies.matrix.check import check_pair, cut_short
from modelcheck.studies.matrix.expectations import Expectations
from modelcheck.studies.matrix.messages import Teller, Told, heard
from modelcheck.studies.matrix.model import MatrixResult, Pair
from modelcheck.studies.matrix.never_applicable import expected_nowhere, report_nowhere
from modelcheck.studies.matrix.options import Options, check_single
from modelcheck.studies.matrix.plan import PairTask, Plan, plan
from modelcheck.studies.matrix.races import races
from modelcheck.studies.matrix.vacuity.findings import vacuous

#: Seconds that the process of a task may take longer than the task if a checkpoint is written, for so much memory.
WRITING, WRITING_BYTES = 1.0, 100 << 20


class Listener(Protocol):
    """Hears what happens while a matrix is checked. Called from the checking thread."""

    def planned(self, pairs: Sequence[tuple[str, str]]) -> None:
        """These (variant, scenario) will be checked."""

    def started(self, variant: str, scenario: str) -> None:
        """Somebody begins with one."""

    def standing(self, variant: str, scenario: str, standing: Standing) -> None:
        """How far one has come."""

    def finished(self, pair: Pair) -> None:
        """What became of one."""

    def tick(self) -> None:
        """Time goes by: called now and then while nothing else is heard."""


def run(
    spec: ast.Spec,
    path: str,
    options: Options,
    listener: Listener | None = None,
    planned: Plan | None = None,
    *,
    as_read: bool = True,
) -> MatrixResult:
    """Check everything the options ask for, which is what is ``planned`` if somebody has looked
    already. ``as_read``: the spec is what its text says; of one that may have been changed since,
    nothing is found by its text. An interrupt (Ctrl-C) ends the run early: what was done by then is
    returned.

    Raises ``SpecError`` if nothing can be checked; what concerns some designs or scenarios only is
    in the result's ``diagnostics``.
    """
    started = time.perf_counter()
    planned = planned or plan(spec, options)
    if options.checkpoint is not None or options.resume is not None:
        check_single([task.scenario for task in planned.tasks])
    pairs_planned = [(task.variant, task.scenario) for task in planned.tasks]
    if listener is not None:
        listener.planned(pairs_planned)
    done: dict[int, Pair] = {}
    try:
        for index, pair in _checked(
            keyed(spec, planned.tasks, options) if as_read else planned.tasks, options, listener
        ):
            done[index] = pair
            if listener is not None:
                listener.finished(pair)
    except KeyboardInterrupt:
        pass
    pairs = tuple(done[index] for index in sorted(done))
    tidy(pairs, options)
    whole = len(done) == len(planned.tasks) and not options.scenarios
    if whole:
        pairs = expected_nowhere(spec, pairs, planned.skipped, options)
    bag = DiagnosticBag()
    attribution = Attribution()
    # The edits of a variant are made again for each of its scenarios, with the same findings.
    bag.extend(attribution.new(planned.diagnostics, variants.BASE))
    for pair in pairs:
        bag.extend(attribution.new(pair.diagnostics, pair.variant))
    if pairs and len(done) == len(planned.tasks) and all(pair.failure is NoAnswer.UNUSABLE for pair in pairs):
        raise SpecError(bag.found)
    _warn_unclaimed(pairs, planned.tasks, bag)
    if whole:
        report_nowhere(spec, pairs, options, bag)
    if len(done) == len(planned.tasks):
        bag.extend(vacuous(spec, pairs, _left_out(spec, planned), fixed=_is_part(spec, planned, options)))
    return MatrixResult(
        spec=path,
        model=pipeline.model_name(spec),
        variants=planned.variants,
        scenarios=planned.scenarios,
        skipped_scenarios=planned.skipped,
        pairs=pairs,
        unfinished=tuple(pair for index, pair in enumerate(pairs_planned) if index not in done),
        races=races(cell for pair in pairs for cell in pair.cells),
        diagnostics=bag.found,
        seconds=time.perf_counter() - started,
    )


def _is_part(spec: ast.Spec, planned: Plan, options: Options) -> bool:
    """Whether the run is about other params than the spec's, or not about all its designs."""
    looked_at = {info.name for info in planned.variants}
    rows = {item.name for item in spec.items if isinstance(item, ast.VariantDecl) and not item.patch}
    return bool(options.overrides) or not rows <= looked_at


def _left_out(spec: ast.Spec, planned: Plan) -> list[str]:
    """The scenarios of the spec that a run leaves out."""
    declared = [item.name for item in spec.items if isinstance(item, ast.ScenarioDecl)]
    return [name for name in declared if name not in planned.scenarios]


def _checked(tasks: Sequence[PairTask], options: Options, listener: Listener | None) -> Iterator[tuple[int, Pair]]:
    recalled = recall(tasks)
    yield from recalled.items()
    left = [index for index in range(len(tasks)) if index not in recalled]
    if left:
        for position, pair in _checked_anew([tasks[index] for index in left], options, listener):
            yield left[position], pair


def _checked_anew(tasks: Sequence[PairTask], options: Options, listener: Listener | None) -> Iterator[tuple[int, Pair]]:
    if options.jobs == 0:
        for index, task in enumerate(tasks):
            if listener is not None:
                listener.started(task.variant, task.scenario)
            yield index, check_pair(task, _Direct(task, listener) if listener is not None else None)
        return
    preload(options, len(tasks), proofs=all(task.any_number for task in tasks))
    limit = None
    if options.seconds is not None:
        limit = max(ending(options.seconds) - options.before, LEAST_SECONDS) + _writing(options)
    jobs = min(options.jobs, len(tasks))
    tasks = [replace(task, options=task.options.of_worker(jobs)) for task in tasks]
    events = run_tasks(_work, tasks, jobs, limit, reuse=True, memory=options.of_worker(jobs).memory)
    known: dict[int, Pair] = {}
    try:
        for event in events:
            match event:
                case Finished(index=index, result=result):
                    yield index, heard(result, known.pop(index, None))
                case Failed(index=index, reason=reason):
                    task = tasks[index]
                    found = (_diagnosed(reason),) if isinstance(reason, InternalError) else ()
                    if index in known:
                        yield index, cut_short(known[index], reason, found)
                    else:
                        yield index, Pair(task.variant, task.scenario, (), None, found, 0.0, reason)
                case Said(index=index, message=Told() as told):
                    known[index] = heard(told, known.get(index))
                case Started(index=index) if listener is not None:
                    listener.started(tasks[index].variant, tasks[index].scenario)
                case Said(index=index, message=Standing() as standing) if listener is not None:
                    listener.standing(tasks[index].variant, tasks[index].scenario, standing)
                case Tick() if listener is not None:
                    listener.tick()
                case _:
                    pass
    finally:
        events.close()


def _writing(options: Options) -> float:
    """Seconds for writing a checkpoint, which may take longer than the exploration was allowed to."""
    if options.checkpoint is None:
        return 0.0
    return WRITING * (1 + (options.memory or 0) / WRITING_BYTES)


def _diagnosed(error: InternalError) -> Diagnostic:
    message = f"internal error: {error.kind}: {error.message}; `modelcheck explain MC599` says how to report it"
    return Diagnostic("MC599", Severity.ERROR, message, None)


def _work(task: PairTask, say: Callable[[object], None]) -> Told:
    process = os.getpid()
    teller = Teller()

    def known(pair: Pair) -> None:
        # Members of a portfolio are processes of their own, and speak to this one only.
        if os.getpid() == process:
            say(teller.told(pair))

    return teller.told(check_pair(task, Relay(say), known))


@dataclass(frozen=True, slots=True)
class _Direct:
    task: PairTask
    listener: Listener

    def update(self, standing: Standing) -> None:
        self.listener.standing(self.task.variant, self.task.scenario, standing)


def _warn_unclaimed(pairs: Sequence[Pair], tasks: Sequence[PairTask], bag: DiagnosticBag) -> None:
    """Warn once per variant about cells that no line speaks about (MC325)."""
    oracles: dict[str, Expectations] = {task.variant: task.expectations for task in tasks}
    silent: dict[str, list[str]] = {}
    for pair in pairs:
        for cell in pair.cells:
            if cell.claim is None and cell.verdict is not Verdict.NOT_APPLICABLE and oracles[cell.variant].lines:
                silent.setdefault(cell.variant, []).append(f"{cell.property_name} in {cell.scenario}")
    for variant, cells in silent.items():
        more = f", {cells[1]}" + (", …" if len(cells) > 2 else "") if len(cells) > 1 else ""
        span = oracles[variant].lines[0].declaration.span
        are = "cell is" if len(cells) == 1 else "cells are"
        bag.warning("MC325", f"{len(cells)} {are} mentioned by no `expect` line of `{variant}`: {cells[0]}{more}", span)
