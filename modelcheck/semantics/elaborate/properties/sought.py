"""What properties need so that they say something, as conditions over states and steps (``ir.system.Sought``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from modelcheck.ir.system import Occurrence, Raise, Sought, SoughtKind, Step
from modelcheck.ir.terms import Term
from modelcheck.model import typed
from modelcheck.model.properties import judged_at_the_end
from modelcheck.semantics.elaborate.execution.values import flatten
from modelcheck.semantics.elaborate.properties.antecedents import event_keys_of, patterns
from modelcheck.semantics.elaborate.properties.monitors import key_codes
from modelcheck.semantics.elaborate.properties.notes import NOTED
from modelcheck.semantics.elaborate.properties.properties import Properties
from modelcheck.semantics.elaborate.variables.initial import InitialState


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
            yield _event(properties, p, SoughtKind.EVENT, pattern, (), steps, initial)
            keys = [k.id for k in event_keys_of(p.body) if isinstance(k.type, typed.RefType)]
            if any(isinstance(argument, typed.Local) and argument.id in keys for argument in pattern.arguments):
                yield _event(properties, p, SoughtKind.KEY, pattern, keys, steps, initial)


def _event(
    properties: Properties,
    p: typed.Property,
    kind: SoughtKind,
    pattern: typed.EventPattern,
    keys: Sequence[int],
    steps: Sequence[Step],
    initial: InitialState,
) -> Sought:
    """That an event of the pattern happens; ``keys``: the locals whose arguments must be objects."""
    matched = (
        (step.id, properties.terms.or_(*(_matches(properties, pattern, o, keys) for o in step.occurrences)))
        for step in steps
        if any(o.event == pattern.event for o in step.occurrences)
    )
    initially = any(_matches(properties, pattern, o, keys).is_true for o in initial.occurrences)
    found = tuple((id, condition) for id, condition in matched if not condition.is_false)
    return Sought(p.id, kind, None, found, initially, pattern.span)


def _matches(
    properties: Properties, pattern: typed.EventPattern, occurrence: Occurrence, keys: Sequence[int] = ()
) -> Term:
    """When an occurrence is one of the pattern's: its event, with arguments equal to all constants,
    and those of ``keys`` (references) not null.
    """
    terms = properties.terms
    if pattern.event != occurrence.event:
        return terms.false
    parts = [occurrence.condition]
    position = 0
    for wanted, parameter in zip(pattern.arguments, properties.model.events[pattern.event].parameters, strict=True):
        width = len(flatten(properties.ex.values.zero(parameter.type)))
        if isinstance(wanted, typed.Constant) and width == 1:
            constant = properties.ex.values.constant(wanted.value, wanted.type)
            given = occurrence.arguments[position]
            parts.append(properties.ex.values.equal(given, parameter.type, constant, wanted.type))
        if isinstance(wanted, typed.Local) and wanted.id in keys and isinstance(parameter.type, typed.RefType):
            given = occurrence.arguments[position]
            codes = [code for code, _ in key_codes(parameter.type)]
            parts.append(terms.or_(*(properties.ex.values.at_address(given, parameter.type, c) for c in codes)))
        position += width
    return terms.and_(*parts)


def sought_within(properties: Properties, steps: Sequence[Step], initial: InitialState) -> Iterator[Sought]:
    """Yield what properties need whose conditions are judged within steps: what the steps have noted."""
    if not properties.notes.noted:
        return
    found: dict[int, list[tuple[int, Term]]] = {}
    for step in steps:
        for r in step.raises:
            if r.property >= NOTED:
                found.setdefault(r.property - NOTED, []).append((step.id, r.condition))
    several = {p.id for p in properties.applicable if isinstance(p.body, typed.Obligation) and len(p.body.keys) > 1}
    at_start = {r.property - NOTED for r in initial.raises if r.condition.is_true}
    for number, (property, part) in enumerate(properties.notes.noted):
        whole = part.whole and property not in several
        yield Sought(property, part.kind, None, tuple(found.get(number, ())), number in at_start, part.span, whole)


def without_notes(raises: tuple[Raise, ...]) -> tuple[Raise, ...]:
    """Return the raises without those that are none."""
    return tuple(r for r in raises if r.property < NOTED)


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
            state = properties.terms.and_(drained, condition) if judged_at_the_end(p.body) else condition
            yield Sought(p.id, part.kind, state, (), False, part.span, part.whole)
            continue
        post = not isinstance(p.body, typed.StepInvariant)
        judged = (
            (step.id, properties.positions.over_step(condition, post, step, *lefts[step.id]))
            for step in steps
            if not step.fault
        )
        found = tuple((id, here) for id, here in judged if not here.is_false)
        yield Sought(p.id, part.kind, None, found, False, part.span, part.whole)
