"""Make a system again with fewer variables; the passes decide which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from modelcheck.ir.passes.copy import Copy, copier
from modelcheck.ir.passes.restore import Restore
from modelcheck.ir.system import Access, Occurrence, Raise, StateCondition, Step, System
from modelcheck.ir.terms import Op, TermFactory


def reduce(
    system: System,
    kept: frozenset[int],
    constants: Mapping[int, bool | int],
    judged: frozenset[int] | None = None,
    occurrences: bool = True,
) -> tuple[System, Restore]:
    """Return the system with the variables ``kept``, with terms of a factory of its own, and the way back.

    ``constants`` gives the values of variables that are left out though something reads them.
    ``judged``: the properties whose raises and state conditions remain (None: all). Without
    ``occurrences`` the steps do not say which events occur. Steps whose guard has become false go.
    """
    terms = TermFactory()
    order = sorted(kept)
    numbers = {id: new for new, id in enumerate(order)}
    replacements = {id: terms.variable(new, system.variables[id].sort) for id, new in numbers.items()}
    for id, value in constants.items():
        replacements[id] = terms.constant(value, system.variables[id].sort)
    copy = copier(terms, replacements)
    steps: list[Step] = []
    old_numbers: list[int] = []
    for step in system.steps:
        guard = copy(step.guard)
        if guard.is_false:
            continue
        updates = [(numbers[id], copy(value)) for id, value in step.updates if id in numbers]
        old_numbers.append(step.id)
        steps.append(
            replace(
                step,
                id=len(steps),
                guard=guard,
                updates=tuple((id, v) for id, v in updates if not (v.op is Op.VAR and v.payload == id)),
                raises=tuple(_raises(step.raises, judged, copy)),
                occurrences=tuple(_occurrences(step.occurrences, copy)) if occurrences else (),
                accesses=tuple(_access(a, numbers) for a in step.accesses),
            )
        )
    smaller = replace(
        system,
        terms=terms,
        variables=tuple(replace(system.variables[id], id=new) for id, new in numbers.items()),
        processes=tuple(replace(p, location=numbers[p.location], finished=copy(p.finished)) for p in system.processes),
        steps=tuple(steps),
        properties=tuple(
            replace(p, states=_states(p.states, copy), deadlocked=_states(p.deadlocked, copy))
            if judged is None or p.id in judged
            else replace(p, states=(), deadlocked=())
            for p in system.properties
        ),
        drained=copy(system.drained),
        initial_raises=tuple(_raises(system.initial_raises, judged, copy)),
    )
    return smaller, Restore(tuple(order), tuple(old_numbers), tuple(sorted(constants.items())))


def _states(states: Iterable[StateCondition], copy: Copy) -> tuple[StateCondition, ...]:
    return tuple(replace(state, condition=copy(state.condition)) for state in states)


def _raises(raises: Iterable[Raise], judged: frozenset[int] | None, copy: Copy) -> Iterator[Raise]:
    for r in raises:
        if judged is None or r.property in judged:
            condition = copy(r.condition)
            if not condition.is_false:
                yield replace(r, condition=condition)


def _occurrences(occurrences: Iterable[Occurrence], copy: Copy) -> Iterator[Occurrence]:
    for o in occurrences:
        condition = copy(o.condition)
        if not condition.is_false:
            yield replace(o, condition=condition, arguments=tuple(copy(a) for a in o.arguments))


def _access(access: Access, numbers: Mapping[int, int]) -> Access:
    return replace(access, variables=tuple(numbers[v] for v in access.variables if v in numbers))
