"""What both exporters take from a System."""

from __future__ import annotations

from pathlib import PurePath

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import IMPOSSIBLE, Form, Step, System
from modelcheck.ir.terms import BoolSort, BvSort, IntSort, Term, conjuncts
from modelcheck.model.typed import ObligationKey


@dataclass(frozen=True, slots=True)
class Bad:
    """A condition under which a universal property is violated; ``key``: which of its obligations is."""

    property: str
    condition: Term
    key: ObligationKey | None

    def said(self, violated: str = "") -> str:
        """The property and its obligation, as a spec has them: ``no_uaf: use_after_free(Page)``."""
        if self.key is None:
            return f"{self.property}{violated}"
        subject = f"({self.key.subject})" if self.key.subject else ""
        return f"{self.property}{violated}: {self.key.kind}{subject}"


def guard_of(system: System, step: Step) -> Term:
    """Return the guard together with the location."""
    terms = system.terms
    location = system.processes[step.process].location
    sort = system.variables[location].sort
    here = terms.eq(terms.variable(location, sort), terms.constant(step.source, sort))
    # The location first, it reads best there.
    parts = conjuncts(step.guard)
    return terms.and_(here, *parts)


def describe(system: System, step: Step) -> str:
    """Return what a step does and where: ``side[left] want: store flag[self] (peterson.mc:14)``."""
    process = system.processes[step.process]
    labels = process.locations[step.source].labels
    label = f" {labels[-1]}:" if labels else ":" if step.operation else ""
    place = f" ({PurePath(step.span.source.path).name}:{step.span.line})"
    choices = f" choice {','.join(map(str, step.choices))}" if step.choices else ""
    return f"{process.name}{label} {step.operation}{choices}{place}"


def bad_states(system: System) -> list[Bad]:
    """Return the violations that a state shows, of universal properties."""
    return [
        Bad(prop.name, state.condition, state.key)
        for prop in system.asked
        if prop.not_applicable is None and not prop.existential
        for state in prop.states
        if not state.condition.is_false
    ]


def bad_steps(system: System, step: Step) -> list[Bad]:
    """Return the violations of universal properties that a step shows; the condition includes that
    the step can be taken.
    """
    found = []
    for raised in step.raises:
        prop = system.properties[raised.property]
        if prop.kind == IMPOSSIBLE or prop.not_applicable is not None or prop.existential:
            continue
        if not raised.condition.is_false:
            condition = system.terms.and_(guard_of(system, step), raised.condition)
            found.append(Bad(prop.name, condition, raised.key))
    return found


def left_out(system: System) -> list[str]:
    """Return the names of the properties that are no assertions about states or steps, or not as a whole."""
    about_runs = {Form.DEADLOCK, Form.STUCK}
    return [
        prop.name
        for prop in system.asked
        if prop.not_applicable is None and (prop.existential or not prop.forms.isdisjoint(about_runs))
    ]


def heading(system: System) -> list[str]:
    """Return what stands at the top, line by line."""
    lines = [
        f"{system.name}: variant {system.variant}, scenario {system.scenario}; written by modelcheck export.",
        "One state here is one state there. A step that ends a run (a fault) is an assertion without a successor.",
    ]
    if any(isinstance(v.sort, IntSort) and (v.low is None or v.high is None) for v in system.variables):
        lines.append("Numbers without bounds have 32 bits here: counts agree as long as they fit.")
    missing = left_out(system)
    if missing:
        lines.append(
            "Not asserted, or not as a whole (these are no properties of single states or steps):"
            f" {', '.join(missing)}."
        )
    return lines


def value_range(system: System, variable: int) -> tuple[int, int] | None:
    """Return the least and the greatest value of a variable; None for a truth value."""
    v = system.variables[variable]
    match v.sort:
        case BoolSort():
            return None
        case BvSort(width):
            return 0, (1 << width) - 1
        case IntSort():
            return (-(1 << 31) if v.low is None else v.low), ((1 << 31) - 1 if v.high is None else v.high)
