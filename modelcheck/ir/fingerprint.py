"""A hash of what a System means: equal for equal transition systems, whatever their text looks like
and where its lines stand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from modelcheck.ir.system import System
from modelcheck.ir.terms import Term, post_order
from modelcheck.model.typed import ObligationKey


def fingerprint(system: System) -> str:
    """The SHA-256 (as hexadecimal digits) of variables, processes, steps and properties.

    Spans and texts of operations are left out.
    """
    return hashlib.sha256("\n".join(_lines(system)).encode()).hexdigest()


def _lines(system: System) -> Iterable[str]:
    terms = _Terms()
    keys = _Keys()
    yield f"system {system.name} {system.variant} {system.scenario}"
    for v in system.variables:
        yield (
            f"variable {v.id} {v.name} {v.sort} {v.low} {v.high} {v.initial} {v.kind.value} {v.type} {v.owner} {v.slot}"
        )
    for p in system.processes:
        finished = terms.number(p.finished)
        yield from terms.fresh()
        yield f"process {p.index} {p.name} {p.process} {p.replica} {p.replicas} {p.server} {p.location} {finished}"
        for location in p.locations:
            yield f"location {location.id} {location.labels} {location.done} {location.resting} {location.goes_round}"
    for s in system.steps:
        guard = terms.number(s.guard)
        updates = [(id, terms.number(value)) for id, value in s.updates]
        raises = [(r.property, terms.number(r.condition), keys.text(r.key)) for r in s.raises]
        occurrences = [
            (o.event, terms.number(o.condition), [terms.number(a) for a in o.arguments]) for o in s.occurrences
        ]
        yield from terms.fresh()
        yield (
            f"step {s.id} {s.process} {s.source} {s.target} {s.choices} {guard} {updates} {s.fault} {raises}"
            f" {occurrences}"
        )
    for prop in system.properties:
        states = [(terms.number(state.condition), keys.text(state.key)) for state in (*prop.states, *prop.deadlocked)]
        yield from terms.fresh()
        forms = sorted(form.value for form in prop.forms)
        absent = None if prop.not_applicable is None else "absent"
        form = f"{forms} {len(prop.deadlocked)} {prop.existential} {prop.needs_drained} {absent}"
        yield f"property {prop.id} {prop.name} {prop.kind} {form} {states}"
    raised = [(r.property, terms.number(r.condition), keys.text(r.key)) for r in system.initial_raises]
    drained = terms.number(system.drained)
    yield from terms.fresh()
    yield (
        f"initially {raised} {system.initial_fault}; drained {drained}; symmetric {system.symmetric}"
        f" {system.symmetric_pools}"
    )


class _Keys:
    """Obligations as texts.

    An assert without a name is known by where it stands, so it gets a number in the order in which
    they are met.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def text(self, key: ObligationKey | None) -> str:
        if key is None or key.kind != "assertion" or key.subject.isidentifier():
            return str(key)
        return f"assertion {self._numbers.setdefault(key.subject, len(self._numbers))}"


class _Terms:
    """Numbers terms in the order in which they are met, so that the numbers do not depend on what
    else their factory made.
    """

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._fresh: list[str] = []

    def number(self, term: Term) -> int:
        for node in post_order((term,)):
            if node.id not in self._numbers:
                self._numbers[node.id] = len(self._numbers)
                args = [self._numbers[a.id] for a in node.args]
                self._fresh.append(f"term {node.op.value} {args} {node.payload!r} {node.sort}")
        return self._numbers[term.id]

    def fresh(self) -> list[str]:
        """The lines of the terms numbered since the last call."""
        lines, self._fresh = self._fresh, []
        return lines
