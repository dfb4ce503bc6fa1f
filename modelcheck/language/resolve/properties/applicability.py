"""Whether a property says anything in a scenario, and if not, why."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.language.resolve.facts.facts import Reach
from modelcheck.language.resolve.names.declarations import Declarations
from modelcheck.language.resolve.properties.properties import Draft
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import below
from modelcheck.model import typed
from modelcheck.model.absences import (
    Absence,
    LabelInAtomic,
    LabelNotReached,
    NeverOccurs,
    NobodyRuns,
    NothingMakes,
)
from modelcheck.model.kernel import PRIMITIVES, FreeCall
from modelcheck.model.properties import needed_event


@dataclass(frozen=True, slots=True)
class Missing:
    """``what`` is absent; ``why`` says it."""

    what: typed.Absent
    why: Absence


class Applicability:
    """Answers for one instance. ``events`` are all events by id."""

    def __init__(self, declarations: Declarations, reach: Reach, events: dict[int, typed.Event]) -> None:
        self.declarations = declarations
        self.reach = reach
        self.events = events

    def missing(self, draft: Draft) -> Missing | None:
        """Return what the property misses, so that it does not apply; None if it does."""
        for name in draft.processes:
            if name not in self.reach.roots:
                return Missing(name, NobodyRuns(name))
        for label in draft.labels:
            why = self._label(label)
            if why is not None:
                return Missing(label, why)
        body = draft.body
        if isinstance(body, typed.Count):
            return self._count(body)
        event = needed_event(body)
        return None if event is None else self._event(event)

    def _label(self, label: typed.LabelRef) -> Absence | None:
        if label.process is not None and label.process not in self.reach.roots:
            return NobodyRuns(label.process)
        if self.reach.passes(label):
            return None
        if self.reach.passes(label, atomic=True):
            return LabelInAtomic(label.span.text or label.label)
        return LabelNotReached(label.span.text or label.label)

    def _event(self, pattern: typed.EventPattern) -> Missing | None:
        event = self.events[pattern.event]
        if self.reach.occurs(event):
            return None
        return Missing(event.id, NeverOccurs(event.kind, event.subject))

    def _count(self, body: typed.Count) -> Missing | None:
        """Without its ``per`` event a count says nothing; without the counted one it says that this is missing.

        A count without ``per`` whose event is made to occur elsewhere in the spec is about those
        scenarios (except ``never``, which holds here); if nothing in the spec does, an event that
        ought to occur is missing everywhere.
        """
        if body.per is not None:
            return self._event(body.per)
        absent = self._event(body.counted)
        if absent is None:
            return None
        event = self.events[body.counted.event]
        somewhere = self._somewhere(event)
        if body.quantity is typed.Quantity.NEVER:
            return None if somewhere else Missing(event.id, NothingMakes(event.name))
        if body.quantity is typed.Quantity.AT_MOST:
            return absent
        return absent if somewhere else None

    def _somewhere(self, event: typed.Event) -> bool:
        """Whether any code of the spec, run here or not, makes ``event`` occur."""
        items = (*self.declarations.processes.values(), *self.declarations.functions.values())
        nodes = below(tuple(item.body for item in items))
        match event.kind:
            case typed.EventKind.EMIT:
                return any(isinstance(node, ast.Emit) and node.event == event.subject for node in nodes)
            case typed.EventKind.FREE:
                return any(isinstance(node, ast.Call) and node.name in FREEING for node in nodes)
            case typed.EventKind.NEW:
                return any(isinstance(node, ast.New) and node.target == event.subject for node in nodes)
            case typed.EventKind.CALL | typed.EventKind.RETURN:
                return any(isinstance(node, ast.Call) and node.name == event.subject for node in nodes)
            case _:
                assert_never(event.kind)


#: What frees when it is called.
FREEING = frozenset(name for name, primitive in PRIMITIVES.items() if isinstance(primitive, FreeCall))
