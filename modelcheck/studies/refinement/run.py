"""Comparing the events of two designs in several scenarios, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from modelcheck.ground.diagnostics import SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ground.workers import Failed, Finished, run_tasks
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.result.budget import ending, within
from modelcheck.studies.matrix.cache.models import identity
from modelcheck.studies.reasons import Senseless
from modelcheck.studies.refinement.compare import (
    SECONDS,
    AnyNumberRuns,
    EventComparison,
    compare_events,
)
from modelcheck.studies.refinement.kept import entry


@dataclass(frozen=True, slots=True)
class EventTask:
    """``spec``: as loaded. ``overrides``: what ``--set`` said. ``cache``: the directory of results to
    reuse and to keep; None for neither.
    """

    spec: ast.Spec
    first: str
    second: str
    scenario: str
    overrides: tuple[tuple[str, str], ...]
    seconds: float
    cache: str | None = None


def compare_all_events(
    spec: ast.Spec,
    first: str,
    second: str,
    scenarios: Sequence[str],
    overrides: tuple[tuple[str, str], ...] = (),
    seconds: Mapping[str, float | None] | None = None,
    jobs: int = 1,
    cache: str | None = None,
) -> tuple[EventComparison, ...]:
    """Compare two designs in each scenario, in the order given. Where both are the same model there is
    nothing to explore. ``seconds``: for each scenario, if time is limited. ``cache``: the directory
    of results, which are asked first; None for none. What goes wrong with one
    scenario leaves it bounded."""
    given = [None if seconds is None else seconds[scenario] for scenario in scenarios]
    limits = [SECONDS if limit is None else limit for limit in given]
    tasks = [
        EventTask(spec, first, second, scenario, overrides, limit, cache)
        for scenario, limit in zip(scenarios, limits, strict=True)
    ]
    found: dict[int, EventComparison] = {}
    events = run_tasks(_work, tasks, jobs, ending(max(limits, default=SECONDS)))
    try:
        for event in events:
            match event:
                case Finished(index=index, result=result):
                    found[index] = result
                case Failed(index=index, reason=reason):
                    found[index] = EventComparison(scenarios[index], (), (), 0, reason)
                case _:
                    pass
    finally:
        events.close()
    return tuple(found[index] for index in sorted(found))


def _work(task: EventTask, say: Callable[[object], None]) -> EventComparison:
    try:
        first, second = (
            pipeline.Loaded(task.spec).edited(variant, dict(task.overrides)).resolved(task.scenario).model
            for variant in (task.first, task.second)
        )
        nameless = [identity(replace(model, variant="")) for model in (first, second)]
        if nameless[0].digest == nameless[1].digest:
            # One model under two names: whatever it can show, however many run.
            return EventComparison(task.scenario, (), ())
        for model in (first, second):
            for process in model.processes:
                if process.count is None:
                    return EventComparison(task.scenario, (), (), 0, AnyNumberRuns(process.name))
        if task.cache is None:
            return compare_events(first, second, within(task.seconds))
        known = entry(task.cache, nameless[0], nameless[1])
        found = known.recall(first, second)
        if found is None:
            found = compare_events(first, second, within(task.seconds))
            known.keep(first, found)
        return found
    except SpecError as error:
        return EventComparison(task.scenario, (), (), 0, Senseless(error.diagnostics[0]))
