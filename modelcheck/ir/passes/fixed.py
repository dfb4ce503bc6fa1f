"""A system with fixed numbers of processes in the form that proofs work on: one without counters.

Unbounded integers stay as they are; that is what this is for. The states are those of the system, one to one.
"""

from __future__ import annotations

from modelcheck.ir.counted import CounterStep, CounterSystem, unprovable
from modelcheck.ir.system import Form, System


def without_counters(system: System) -> CounterSystem:
    """The system as one to prove things about. Variables, terms and properties keep their numbers.

    ``stuck`` is refused (it speaks about all futures), so is what the initial state violates already.
    """
    terms = system.terms
    steps = tuple(
        CounterStep(
            f"{system.processes[step.process].name}: {step.operation}",
            system.processes[step.process].name,
            step.operation,
            step.span,
            step.guard,
            step.updates,
            step.fault,
            tuple((raised.property, raised.condition) for raised in step.raises),
            terms.false,
        )
        for step in system.steps
    )
    refused = unprovable(system)
    bad = {}
    for prop in system.properties:
        if prop.not_applicable is not None or prop.id in refused:
            continue
        ways = [s.condition for s in prop.states]
        if Form.DEADLOCK in prop.forms:
            ways.append(terms.and_(terms.not_(system.drained), *(terms.not_(s.guard) for s in system.steps)))
        bad[prop.id] = terms.or_(*ways)
    return CounterSystem(
        terms=terms,
        variables=system.variables,
        counters=(),
        states=(),
        total=None,
        initial={v.id: terms.constant(v.initial, v.sort) for v in system.variables},
        steps=steps,
        bad=bad,
        refused=refused,
    )
