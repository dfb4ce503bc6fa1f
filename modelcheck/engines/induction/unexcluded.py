"""The state that a proof could not exclude, and the step from it, in the user's names."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.ir.counted import CounterStep, CounterSystem
from modelcheck.ir.evaluate import Values
from modelcheck.ir.formulas import Formulas
from modelcheck.ir.system import Variable, VariableKind


def unexcluded(
    before: Values,
    step: CounterStep | None,
    after: Values | None,
    property: str,
    counted: CounterSystem,
    formulas: Formulas,
) -> tuple[str, ...]:
    """Lines for people.

    ``step``: the step from the state ``before`` that violates the property, or leads to the state
    ``after`` that does.
    """
    lines = ["the proof could not exclude this state; nobody says that it can be reached:"]
    lines += [
        f"    {text}" for text in (*_instances(before, counted, formulas), *_others(before, counted, formulas)) if text
    ]
    if step is None:
        return (*lines, f"in it, {property} is violated")
    mover = f"one {formulas.process}" if step.mover is None else step.mover
    place = f"{step.span.source.path}:{step.span.line}"
    lines.append(f"{mover} does `{' '.join(step.operation.split())}` ({place})")
    if after is None:
        return (*lines, f"which violates {property}")
    changed = [
        f"{v.name}: {formulas.value_text(v, before[v.id])} -> {formulas.value_text(v, after[v.id])}"
        for v in counted.variables
        if before[v.id] != after[v.id] and v.id not in formulas.states
    ]
    lines += [f"    {text}" for text in (", ".join(changed), *_instances(after, counted, formulas)) if text]
    return (*lines, f"and then {property} is violated")


def _instances(values: Values, counted: CounterSystem, formulas: Formulas) -> Iterator[str]:
    """``2 readers at chk, 1 reader at use``"""
    parts = []
    for id in counted.counters:
        number = int(values[id])
        if number:
            parts.append(f"{number} {formulas.counter_text(id, one=number == 1)}")
    if parts:
        yield ", ".join(parts)
    elif counted.total is not None:
        yield f"no {formulas.process}"


def _others(values: Values, counted: CounterSystem, formulas: Formulas) -> Iterator[str]:
    """Where the other processes are; then what is shared, as far as it is not what nobody would
    mention (false, nothing assigned, free).
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
    yield ", ".join(places)
    yield ", ".join(locals)
    yield ", ".join(shared)


def _unremarkable(v: Variable, value: bool | int) -> bool:
    if v.kind is VariableKind.ASSIGNED:
        return True
    return value is False or (v.owner is not None and value == 0)
