"""Running a given schedule on a system, by the definition."""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.system import Form, Step, System
from modelcheck.result.trace import Schedule


def ends_in(system: System, schedule: Schedule, property: int) -> bool:
    """Whether the schedule is a run that violates (witnesses) the property, by id, with its last
    step or in its last state.
    """
    claimed = next(p for p in system.properties if p.id == property)
    values: dict[int, bool | int] = {v.id: v.initial for v in system.variables}
    raised = any(r.property == property and r.condition.is_true for r in system.initial_raises)
    for number, move in enumerate(schedule):
        found = [s for s in system.steps if (s.process, s.choices) == (move.process, move.choices)]
        step = next((s for s in found if _enabled(system, s, values)), None)
        if step is None:
            return False
        raised = any(r.property == property and bool(evaluate(r.condition, values)) for r in step.raises)
        if step.fault:
            return raised and number == len(schedule) - 1
        values.update({id: evaluate(update, values) for id, update in step.updates})
    if raised or any(evaluate(s.condition, values) for s in claimed.states):
        return True
    if Form.DEADLOCK not in claimed.forms or evaluate(system.drained, values):
        return False
    return not any(_enabled(system, step, values) for step in system.steps)


def _enabled(system: System, step: Step, values: Mapping[int, bool | int]) -> bool:
    location = system.processes[step.process].location
    return values[location] == step.source and bool(evaluate(step.guard, values))
