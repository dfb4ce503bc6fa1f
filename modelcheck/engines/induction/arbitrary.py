"""States with arbitrary values, and which properties they violate by the elaborated system: what conditions over counters are held against.

No reachable state violates what is proved, so only other states can show that a condition is what it should be. The properties are judged
with three instances, one by one, as the elaborated system has them; nothing of the counter abstraction is used.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from modelcheck.engines.induction.observed import Values, view_of
from modelcheck.engines.induction.subject import Subject
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.system import Form, Step, System, Variable
from modelcheck.ir.terms import BoolSort, BvSort

STATES = 250
SEED = 20101201


def arbitrary_states(subject: Subject) -> Iterator[tuple[Values, frozenset[str]]]:
    """States, and the names of the properties that each violates (nothing, if three instances cannot be told in the variables of the proof)."""
    known = subject.countable
    system = subject.system if known is None else known.three
    view = view_of(subject, system)
    if view is None:
        return
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
        yield view.told(values.__getitem__), _violated(system, values)


def _value(v: Variable, locations: int | None, chance: random.Random) -> bool | int:
    if isinstance(v.sort, BoolSort):
        return chance.random() < 0.5
    if locations is not None:
        return chance.randrange(locations)
    if isinstance(v.sort, BvSort):
        return chance.randrange(1 << v.sort.width)
    low = -2 if v.low is None else v.low
    return chance.randint(low, low + 6 if v.high is None else v.high)


def _violated(system: System, values: dict[int, bool | int]) -> frozenset[str]:
    enabled = [step for step in system.steps if _enabled(system, step, values)]
    raised = {r.property for step in enabled for r in step.raises if evaluate(r.condition, values)}
    found: set[str] = set()
    for p in system.properties:
        stuck = p.form is Form.DEADLOCK and not enabled and not evaluate(system.drained, values)
        if stuck or p.id in raised or any(evaluate(s.condition, values) for s in p.states):
            found.add(p.name)
    return frozenset(found)


def _enabled(system: System, step: Step, values: dict[int, bool | int]) -> bool:
    here = values[system.processes[step.process].location] == step.source
    return here and bool(evaluate(step.guard, values))
