"""The state that a proof could not exclude, and the step from it, in the user's names."""

from __future__ import annotations

from modelcheck.ir.counted import CounterStep, CounterSystem
from modelcheck.ir.evaluate import Values
from modelcheck.ir.formulas import Formulas
from modelcheck.ir.system import Variable, VariableKind
from modelcheck.result.proof import Crowds, LastStep, Unexcluded


def unexcluded(
    before: Values,
    step: CounterStep | None,
    after: Values | None,
    property: str,
    counted: CounterSystem,
    formulas: Formulas,
) -> Unexcluded:
    """Say what the state is.

    ``step``: the step from the state ``before`` that violates the property, or leads to the state
    ``after`` that does.
    """
    places, locals, shared = _facts(before, counted, formulas)
    last = None if step is None else _last(before, step, after, counted, formulas)
    return Unexcluded(property, _crowds(before, counted, formulas), places, locals, shared, last)


def _last(
    before: Values, step: CounterStep, after: Values | None, counted: CounterSystem, formulas: Formulas
) -> LastStep:
    if after is None:
        return LastStep(step.mover, formulas.process, step.operation, step.span)
    changed = tuple(
        (v.name, formulas.value_text(v, before[v.id]), formulas.value_text(v, after[v.id]))
        for v in counted.variables
        if before[v.id] != after[v.id] and v.id not in formulas.states
    )
    there = _crowds(after, counted, formulas)
    return LastStep(step.mover, formulas.process, step.operation, step.span, changed, there)


def _crowds(values: Values, counted: CounterSystem, formulas: Formulas) -> Crowds:
    groups = [
        (number, formulas.counter_text(id, one=number == 1)) for id in counted.counters if (number := int(values[id]))
    ]
    return Crowds(None if counted.total is None else formulas.process, tuple(groups))


def _facts(
    values: Values, counted: CounterSystem, formulas: Formulas
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Where the other processes are; what their locals are; then what is shared, as far as it is not
    what nobody would mention (false, nothing assigned, free).
    """
    hidden = {*counted.counters, counted.total}
    places: list[str] = []
    locals: list[str] = []
    shared: list[str] = []
    free = {v.slot for v in counted.variables if v.kind is VariableKind.ALLOCATED and not values[v.id]}
    for v in counted.variables:
        value = values[v.id]
        if v.id in hidden or (v.slot is not None and v.slot in free and not value):
            continue
        if v.kind is VariableKind.LOCATION:
            places.append(f"{v.name} {formulas.value_text(v, value)}")
        elif _unremarkable(v, value):
            continue
        else:
            text = (
                formulas.fact_text(v, True)
                if isinstance(value, bool)
                else f"{v.name} == {formulas.value_text(v, value)}"
            )
            (locals if v.owner is not None else shared).append(text)
    return tuple(places), tuple(locals), tuple(shared)


def _unremarkable(v: Variable, value: bool | int) -> bool:
    if v.kind is VariableKind.ASSIGNED:
        return True
    return value is False or (v.owner is not None and value == 0)
