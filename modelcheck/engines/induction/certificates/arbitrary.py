"""States with arbitrary values, and which properties they violate by the elaborated system: what
conditions over counters are held against.

No reachable state violates what is proved, so only other states can show that a condition is what
it should be. The properties are judged with three instances, one by one, as the elaborated system
has them; nothing of the counter abstraction is used.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from modelcheck.engines.explicit.compile import compile_values
from modelcheck.engines.induction.certificates.observed import Values, view_of
from modelcheck.engines.induction.subject import Subject
from modelcheck.ir.system import Form, System, Variable
from modelcheck.ir.terms import BoolSort, BvSort

STATES = 250
SEED = 20101201


def arbitrary_states(subject: Subject) -> Iterator[tuple[Values, frozenset[str]]]:
    """States, and the names of the properties that each violates (nothing, if three instances
    cannot be told in the variables of the proof).
    """
    known = subject.countable
    system = subject.system if known is None else known.three
    view = view_of(subject, system)
    if view is None:
        return
    violated = _Judge(system)
    chance = random.Random(SEED)
    locations = {p.location: len(p.locations) for p in system.processes}
    ends = {p.location: next((x.id for x in p.locations if x.done), 0) for p in system.processes}
    locals = subject.local_states
    done = next((ends[p.location] for p in system.processes if known is not None and p.process == known.process), 0)
    position = 0 if known is None else known.replicas.own[0].index(known.location)
    rested = [values for values in locals if values[position] == done]
    for _ in range(STATES):
        # Most variables keep their initial values: of states in which everything is arbitrary, almost all are alike.
        values = {
            v.id: _value(v, locations.get(v.id), chance) if chance.random() < 0.4 else v.initial
            for v in system.variables
        }
        at_rest = chance.random() < 0.4
        if at_rest:
            # Much is judged only where nobody moves any more.
            values.update((location, number) for location, number in ends.items() if chance.random() < 0.9)
        together = chance.choice(rested if at_rest and rested else locals) if locals else ()
        for ids in view.own:
            mine = together if at_rest and chance.random() < 0.9 else chance.choice(locals)
            values.update(zip(ids, mine, strict=True))
        yield view.told(values.__getitem__), violated(values)


def _value(v: Variable, locations: int | None, chance: random.Random) -> bool | int:
    if isinstance(v.sort, BoolSort):
        return chance.random() < 0.5
    if locations is not None:
        return chance.randrange(locations)
    if isinstance(v.sort, BvSort):
        return chance.randrange(1 << v.sort.width)
    low = -2 if v.low is None else v.low
    return chance.randint(low, low + 6 if v.high is None else v.high)


class _Judge:
    """Which properties a state violates, by the elaborated system."""

    def __init__(self, system: System) -> None:
        self._system = system
        raised = [r.condition for step in system.steps for r in step.raises]
        states = [s.condition for p in system.properties for s in p.states]
        self._values = compile_values([system.drained, *(step.guard for step in system.steps), *raised, *states])

    def __call__(self, values: dict[int, bool | int]) -> frozenset[str]:
        system = self._system
        told = iter(self._values(values))
        drained = next(told)
        possible = [bool(next(told)) for _ in system.steps]
        enabled = [
            there and values[system.processes[step.process].location] == step.source
            for step, there in zip(system.steps, possible, strict=True)
        ]
        raised = set[int]()
        for step, here in zip(system.steps, enabled, strict=True):
            for r in step.raises:
                if next(told) and here:
                    raised.add(r.property)
        found: set[str] = set()
        for p in system.properties:
            bad = [bool(next(told)) for _ in p.states]
            blocked = Form.DEADLOCK in p.forms and not any(enabled) and not drained
            if blocked or p.id in raised or any(bad):
                found.add(p.name)
        return frozenset(found)
