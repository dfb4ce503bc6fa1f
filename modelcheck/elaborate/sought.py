"""What properties need so that they say something, as conditions over states and steps (``ir.system.Sought``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from modelcheck.elaborate.antecedents import patterns
from modelcheck.elaborate.initial import InitialState
from modelcheck.elaborate.properties import Properties
from modelcheck.ir.system import Sought, SoughtKind, Step
from modelcheck.ir.terms import Term
from modelcheck.resolve import typed


def sought(
    properties: Properties,
    steps: Sequence[Step],
    lefts: Mapping[int, tuple[frozenset[int], int]],
    initial: InitialState,
    drained: Term,
) -> Iterator[Sought]:
    """Yield what the applicable properties need. ``lefts``: for each step the labels that it leaves and its class."""
    for p in properties.applicable:
        yield from _parts(properties, p, steps, lefts, drained)
        for pattern in patterns(p.body):
            matched = [
                (step.id, properties.terms.or_(*(properties.matches(pattern, o) for o in step.occurrences)))
                for step in steps
                if any(o.event == pattern.event for o in step.occurrences)
            ]
            initially = any(properties.matches(pattern, o).is_true for o in initial.occurrences)
            found = tuple((id, condition) for id, condition in matched if not condition.is_false)
            yield Sought(p.id, SoughtKind.EVENT, None, found, initially, pattern.span)


def _parts(
    properties: Properties,
    p: typed.Property,
    steps: Sequence[Step],
    lefts: Mapping[int, tuple[frozenset[int], int]],
    drained: Term,
) -> Iterator[Sought]:
    parts = list(properties.parts(p))
    if not parts:
        return
    whole = properties.condition(p)
    assert whole is not None
    on_steps = whole[1]
    for part, condition in parts:
        if not on_steps:
            state = properties.terms.and_(drained, condition) if isinstance(p.body, typed.Final) else condition
            yield Sought(p.id, part.kind, state, (), False, part.span)
            continue
        post = not isinstance(p.body, typed.StepInvariant)
        judged = (
            (step.id, properties.over_step(condition, post, step, *lefts[step.id])) for step in steps if not step.fault
        )
        found = tuple((id, here) for id, here in judged if not here.is_false)
        yield Sought(p.id, part.kind, None, found, False, part.span)
