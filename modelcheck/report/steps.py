"""One step as a line of a picture: what C would say, and what changed that the line does not say already."""

from __future__ import annotations

import re
from dataclasses import field

from modelcheck.ground.records import dataclass
from modelcheck.report.words import label_of, short_change, shortened
from modelcheck.result.trace import Change, Finding, Trace, TraceStep

#: Operations that the interpreter names by a verb: ``read lock p->sem -> true`` becomes ``read_lock(p->sem) -> true``.
_VERBS = (
    "read lock",
    "read trylock",
    "read unlock",
    "wait for completion",
    "try wait for completion",
    "complete all",
    "reinit completion",
    "complete",
    "trylock",
    "unlock",
    "lock",
    "touch",
    "free",
)
_CALL = re.compile(rf"^({'|'.join(_VERBS)}) (.+?)( -> .+| \([^()]*(?:\(stale\))?\))?$", re.DOTALL)
#: What takes or releases a lock says so; its operation names the lock.
_LOCKING = re.compile(r"^(?:read )?(?:try|un)?lock ")
_LOAD = re.compile(r"^load (.+) -> (.+?)$", re.DOTALL)
_STORE = re.compile(r"^store (.+?) = (.+)$", re.DOTALL)
_NEW = re.compile(r"^(?:try_)?new \w+ -> (.+)$")


@dataclass(frozen=True, slots=True)
class Line:
    """``text``: the label and the operation; ``facts``: values that go with it; ``events`` and ``findings``: lines below it.

    ``marks``: the findings in a few words each.
    """

    text: str
    facts: tuple[str, ...]
    events: tuple[str, ...]
    findings: tuple[str, ...]
    marks: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """Text and facts on one line."""
        return f"{self.text} [{', '.join(self.facts)}]" if self.facts else self.text


@dataclass(slots=True)
class Told:
    """What the picture has told about a thread so far: values that it has met, and where it stood."""

    values: set[str] = field(default_factory=set)
    position: str = ""


class Narrator:
    """Turns the steps of one trace into lines, in order."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._told = {process: Told() for process in trace.processes}

    def line(self, step: TraceStep) -> Line:
        """The line of the next step. Must be called once for each step, in order."""
        told = self._told[step.process]
        operation, facts = _operation(step)
        facts += [short_change(change, step) for change in step.changes if not _said(change, step, operation, told)]
        label = label_of(step.position) if step.position != told.position else ""
        told.position = step.position
        told.values.update(change.new for change in step.changes)
        told.values.update(_results(step.operation))
        events = tuple(event for event in step.events if not _says(operation, facts, event))
        findings = [finding for finding in step.findings if self._telling(finding)]
        return Line(
            shortened(f"{label}: {operation}" if label else operation),
            tuple(shortened(fact) for fact in facts),
            tuple(shortened(event) for event in events),
            tuple(shortened(finding.detail) for finding in findings),
            tuple(dict.fromkeys(self._mark(finding) for finding in findings)),
        )

    def _mark(self, finding: Finding) -> str:
        """A few words: ``use after free: Names[0]``, or the name of the property."""
        if finding.key is None:
            return self._trace.property_name
        about = finding.about[0] if finding.about else finding.key.subject
        return finding.key.kind.replace("_", " ") + (f": {about}" if about else "")

    def _telling(self, finding: Finding) -> bool:
        """The finding of the trace itself, and obligations that are violated on the way; not what happens to be covered."""
        return finding.property == self._trace.finding.property or finding.key is not None


def _operation(step: TraceStep) -> tuple[str, list[str]]:
    """The operation in C's words, and values that belong to it."""
    text = step.operation
    load = _LOAD.match(text)
    if load is not None:
        place, value = load[1], load[2]
        local = _assigned(step, place)
        return (f"{local} = {place}", [value]) if local else (f"{place} == {value}", [])
    store = _STORE.match(text)
    if store is not None:
        shared = [change for change in step.changes if change.process is None]
        changed = next((change for change in shared if _stored(change, store[1], store[2])), None)
        before = changed.old if changed is not None else store[2] if not shared and not step.findings else ""
        return f"{store[1]} = {store[2]}", [f"was {before}"] if before else []
    call = _CALL.match(text)
    if call is not None:
        verb, argument, result = call[1].replace(" ", "_"), call[2], call[3] or ""
        if result.startswith(" ("):
            return f"{verb}({argument})", [result[2:-1]]
        return f"{verb}({argument}){result}", []
    return text, []


def _assigned(step: TraceStep, place: str) -> str:
    """The variable that the text assigns what was loaded to (``n = p->names;``, ``local n : ref Names = p->names;``), or an empty string."""
    if not step.span.source.text:
        return ""
    # The place itself: a line may assign it to several variables.
    text, start, end = step.span.source.text, step.span.start, step.span.end
    before, after = text[text.rfind("\n", 0, start) + 1 : start], text[end : end + 1]
    match = re.search(r"(?:\blocal\s+(\w+)\s*:[^=;]*|(\w+)\s*)=\s*$", before)
    return "" if match is None or step.span.text != place or after != ";" else match[1] or match[2]


def _says(operation: str, facts: list[str], event: str) -> bool:
    """Whether the line tells the event already: ``emit done()``, ``new Page -> Page[0]``, ``free(p) [Page[0]]``."""
    verb, _, object_ = event.partition(" ")
    match verb:
        case "new":
            return operation.endswith(f" -> {object_}")
        case "free":
            return operation.startswith("free(") and object_ in facts
        case _:
            return operation == f"emit {event}"


def _own(change: Change) -> str:
    return change.name.rsplit(".", 1)[-1] if "]." in change.name else change.name


def _said(change: Change, step: TraceStep, operation: str, told: Told) -> bool:
    """Whether the line, or an earlier one, tells this change already."""
    text = step.operation
    own = change.process == step.move.process
    if change.new == f"{change.old} (stale)":
        # Everybody's references go stale when an object is freed.
        return text.startswith("free ")
    if text.startswith("free ") and change.new == "free":
        return True
    new = _NEW.match(text)
    if new is not None and change.name.startswith(new[1]):
        return not change.old or change.new == "allocated"
    if own and not change.old:
        return operation.startswith(f"{_own(change)} = ") or change.new in told.values or f"-> {change.new}" in text
    if own and operation.startswith(f"{_own(change)} = "):
        return True
    if change.process is None and "locked" in change.new and only_locks(step):
        return True
    store = _STORE.match(text)
    return store is not None and _stored(change, store[1], store[2])


def _stored(change: Change, place: str, value: str) -> bool:
    """Whether a change is what ``place = value`` did: the last name of both is the same (``p->names``, ``Page[0].names``)."""
    return change.process is None and change.new == value and _last_name(change.name) == _last_name(place)


def lost_updates(trace: Trace) -> frozenset[int]:
    """Return the numbers of the steps that store what another thread has stored there already.

    They change nothing, and may be how an update is lost. Places are told apart by their last name only.
    """
    found: set[int] = set()
    writers: dict[str, str] = {}
    for step in trace.steps:
        store = _STORE.match(step.operation)
        changed = [_last_name(change.name) for change in step.changes if change.process is None]
        if store is not None and not changed and writers.get(_last_name(store[1]), step.process) != step.process:
            found.add(step.number)
        writers.update(dict.fromkeys(changed, step.process))
    return frozenset(found)


def only_locks(step: TraceStep) -> bool:
    """Whether the step takes or releases a lock and does nothing else."""
    return _LOCKING.match(step.operation) is not None


def known_loads(trace: Trace) -> frozenset[int]:
    """Return the numbers of the steps that load from a place what the same thread loaded from it the last time (``p`` on the way to ``p->n``, once more)."""
    found: set[int] = set()
    last: dict[tuple[str, str], str] = {}
    for step in trace.steps:
        load = _LOAD.match(step.operation)
        if load is not None:
            if last.get((step.process, load[1])) == load[2]:
                found.add(step.number)
            last[step.process, load[1]] = load[2]
    return frozenset(found)


def _last_name(place: str) -> str:
    return re.split(r"->|\.", place)[-1].split("[", 1)[0].strip()


def _results(operation: str) -> list[str]:
    return [operation.rsplit(" -> ", 1)[1]] if " -> " in operation else []
