"""One step as a line of a picture: what C would say, and what changed that the line does not say already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import field, replace
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.model.events import EventKind
from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.operations import operation_text
from modelcheck.report.narrate.value_texts import event_text, path_text, place_text, spelling, subject_text, value_text
from modelcheck.report.words import shortened
from modelcheck.result import operations as ops
from modelcheck.result.trace import Change, Finding, Trace, TraceStep
from modelcheck.result.values import (
    Allocation,
    Counter,
    Happening,
    LockState,
    Number,
    Place,
    Reference,
    Value,
    made_stale,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that goes with an operation.

    ``head`` and ``rest``: its text; ``head`` is the object or element that it is about, if it is
    about a part of one.
    """

    head: str
    rest: str

    @property
    def text(self) -> str:
        """All of it."""
        return self.head + self.rest


@dataclass(frozen=True, slots=True)
class Line:
    """``label`` (where it is news) and ``operation`` make the text; ``facts``: values that go with it;
    ``events`` and ``findings``: lines below it.

    ``marks``: the findings in a few words each.
    """

    label: str
    operation: str
    facts: tuple[Fact, ...]
    events: tuple[str, ...]
    findings: tuple[str, ...]
    marks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The label and the operation."""
        return f"{self.label}: {self.operation}" if self.label else self.operation


#: Where a thread stands: the calls and the label.
_Where: TypeAlias = tuple[tuple[str, ...], str]


@dataclass(slots=True)
class Told:
    """What the picture has told about a thread so far: values that it has met, and where it stood."""

    values: set[Value] = field(default_factory=set)
    where: _Where | None = None


class Narrator:
    """Turns the steps of one trace into lines, in order."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._told = {process: Told() for process in trace.processes}

    def line(self, step: TraceStep) -> Line:
        """The line of the next step. Must be called once for each step, in order."""
        told = self._told[step.process]
        operation, facts = _operation(step)
        facts += [_change_fact(change, step.process) for change in step.changes if not _said(change, step, told)]
        where = tuple(call.inline for call in step.calls), step.position.label
        label = step.position.label if where != told.where else ""
        told.where = where
        told.values.update(change.new for change in step.changes)
        result = ops.result_of(step.operation)
        if result is not None:
            told.values.add(result)
        findings = [finding for finding in step.findings if self._telling(finding)]
        return Line(
            label,
            shortened(operation),
            tuple(facts),
            tuple(shortened(event_text(event)) for event in step.events if not _says(step.operation, event)),
            tuple(shortened(finding_text(finding)) for finding in findings),
            tuple(dict.fromkeys(self._mark(finding) for finding in findings)),
        )

    def _mark(self, finding: Finding) -> str:
        """A few words: ``use after free: Names[0]``, or the name of the property."""
        if finding.key is None:
            return self._trace.property_name
        about = subject_text(finding.about[0]) if finding.about else finding.key.subject
        return finding.key.kind.replace("_", " ") + (f": {about}" if about else "")

    def _telling(self, finding: Finding) -> bool:
        """The finding of the trace itself, and obligations that are violated on the way; not what
        happens to be covered.
        """
        return finding.property == self._trace.finding.property or finding.key is not None


def fact(text: str) -> Fact:
    """A fact that is about no part of anything."""
    return Fact("", shortened(text))


def change_fact(change: Change) -> Fact:
    """``Page[0].count: 2 -> 0``; ``p = Page[0]`` of a local that had no value."""
    new = value_text(change.new)
    told = f" = {new}" if change.old is None else f": {value_text(change.old)} -> {new}"
    whole = place_of(change.place)
    if whole == change.place:
        return fact(f"{place_text(change.place)}{told}")
    return Fact(place_text(whole), shortened(f"{path_text(change.place.path[len(whole.path) :])}{told}"))


def _change_fact(change: Change, process: str) -> Fact:
    """The same; of a lock that the process of the step takes or releases no more than that."""
    match change.old, change.new:
        case LockState(True, _, (holder,)), LockState(False) if holder == process:
            return fact(f"{place_text(change.place)} unlocked")
        case LockState(False), LockState(True, False, (holder,)) if holder == process:
            return fact(f"{place_text(change.place)} locked")
        case _:
            return change_fact(change)


def place_of(place: Place) -> Place:
    """The object, or the element of an array, that a place is a part of; a variable is its own."""
    if place.slot is not None:
        return Place(place.name, place.slot)
    number = 0
    while number < len(place.path) and not isinstance(place.path[number], str):
        number += 1
    return place if number == len(place.path) else replace(place, path=place.path[:number])


def _operation(step: TraceStep) -> tuple[str, list[Fact]]:
    """The operation in C's words, and values that belong to it."""
    match step.operation:
        case ops.Load(target, value, into) if value is not None:
            if into:
                return f"{into} = {target.text}", [fact(value_text(value))]
            return f"{target.text} == {value_text(value)}", []
        case ops.Store(text, target, old, value):
            if value is None:
                return text, []
            return f"{target.text} = {value_text(value)}", [] if old is None else [fact(f"was {value_text(old)}")]
        case ops.Locking(text, success=success) if text:
            return text + ("" if success is None else f" -> {'true' if success else 'false'}"), []
        case ops.Freeing(text, freed=value) | ops.Touching(text, touched=value) if text:
            return text, [] if value is None else [fact(value_text(value))]
        case operation:
            return operation_text(operation), []


def _says(operation: ops.Operation, event: Happening) -> bool:
    """Whether the line tells the event already: ``emit done()``, ``new Page -> Page[0]``, ``kfree(p) [Page[0]]``."""
    match operation:
        case ops.Creation(result=result):
            return event.kind is EventKind.NEW and event.arguments == (result,)
        case ops.Freeing(freed=freed):
            return event.kind is EventKind.FREE and event.arguments == (freed,)
        case ops.Emission(event=emitted):
            return event == emitted
        case _:
            return False


def _said(change: Change, step: TraceStep, told: Told) -> bool:
    """Whether the line, or an earlier one, tells this change already."""
    operation = step.operation
    own = change.place.process == step.move.process
    match operation:
        case ops.Freeing() if made_stale(change.old, change.new):
            # Everybody's references go stale when an object is freed.
            return True
        case ops.Freeing() if change.place.is_object and change.new == Allocation(False):
            return True
        case ops.Creation(result=Reference(object_, slot)) if change.place.object == Place(object_, slot):
            return change.old is None or change.place.is_object
        case ops.Locking() if only_locks(step) and isinstance(change.new, LockState):
            return True
        case ops.Store(target=target, value=value) if value is not None and change.place == target.place:
            return _same(change.new, value)
        case _:
            pass
    if not own:
        return False
    if _into(operation) == spelling(change.place) and _here(change.place, step):
        return True
    return change.old is None and (change.new in told.values or change.new == ops.result_of(operation))


def _into(operation: ops.Operation) -> str:
    """What the line of an operation says that it assigns to."""
    return operation.into if isinstance(operation, ops.Load) and operation.value is not None else ""


def _here(place: Place, step: TraceStep) -> bool:
    """Whether a local is one of the body that the step is in, where its own name says which it is."""
    return (place.owner if place.inlined else "") == (step.calls[-1].inline if step.calls else "")


def _same(content: Value, stored: Value) -> bool:
    """Whether what a place holds is what was stored: an atomic holds more than its number."""
    return content == stored or (
        isinstance(content, Counter) and not content.frozen and stored == Number(content.number)
    )


def only_locks(step: TraceStep) -> bool:
    """Whether the step takes or releases a lock and does nothing else."""
    return isinstance(step.operation, ops.Locking) and step.operation.kind.facts.held


def brief(step: TraceStep, line: Line, about: Collection[Place] = ()) -> str:
    """A few words for what a step does: of an atomic block the first thing it changes (of what it
    is ``about``, if it changes that), or the condition it tests.
    """
    match step.operation:
        case ops.AtomicBlock(caption=caption) if caption:
            return caption
        case ops.AtomicBlock() | ops.Assertion():
            changed = [change for change in step.changes if change.place.process is None]
            concerned = [change for change in changed if change.place in about]
            guard = step.operation.guard if isinstance(step.operation, ops.AtomicBlock) else ""
            if changed and (concerned or not (about and guard)):
                chosen = (concerned or changed)[0]
                return f"{place_text(chosen.place)} = {value_text(chosen.new)}"
            if isinstance(step.operation, ops.Assertion):
                return step.position.label or line.operation
            if guard and (about or not step.operation.tested):
                return f"when ({guard})"
            return step.operation.tested or step.position.label or "atomic"
        case ops.AtomicUpdate(text) | ops.Locking(text) | ops.ConditionalLoad(text) | ops.Asking(text) if text:
            return text
        case ops.Creation(_, object_, may_fail):
            return f"{'try_new' if may_fail else 'new'} {object_}"
        case ops.Picking(name):
            return f"pick {name}"
        case ops.Emission(_, event) if event is not None:
            return event_text(event)
        case _:
            return line.operation
