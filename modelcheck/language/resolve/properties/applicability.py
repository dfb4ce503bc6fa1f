"""Whether a property says anything in a scenario, and if not, why."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.language.resolve.facts.facts import Reach
from modelcheck.language.resolve.names import label_paths, labels
from modelcheck.language.resolve.names.declarations import Declarations
from modelcheck.language.resolve.properties.properties import Draft
from modelcheck.language.syntax import ast
from modelcheck.model import typed
from modelcheck.model.absences import (
    Absence,
    LabelInAtomic,
    LabelNotReached,
    NeverOccurs,
    NobodyRuns,
    NothingMakes,
)
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
        return Missing(event.id, NeverOccurs(event.builtin, event.subject or event.name))

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
        subject = event.subject or event.name
        bodies = [*self.declarations.processes.values(), *self.declarations.functions.values()]
        match event.builtin:
            case typed.EventKind.DECLARED:
                return any(_emits(item.body, event.name) for item in bodies)
            case typed.EventKind.FREE:
                return any({"free", "kfree"} & label_paths.called_names(item.body, set()) for item in bodies)
            case typed.EventKind.NEW:
                return any(f"new {subject}" in item.span.text for item in bodies)
            case typed.EventKind.CALL | typed.EventKind.RETURN:
                return any(subject in label_paths.called_names(item.body, set()) for item in bodies)
            case _:
                assert_never(event.builtin)


def _emits(body: ast.Block, name: str) -> bool:
    stack: list[ast.Stmt] = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Emit) and node.event == name:
            return True
        stack.extend(labels.children(node))
    return False
