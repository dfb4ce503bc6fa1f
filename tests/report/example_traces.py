"""Traces made by hand for the tests of reports."""

from __future__ import annotations

import re

from modelcheck.ground.source import Source, Span
from modelcheck.model.events import EventKind
from modelcheck.model.typed import LockKind, LockOperator, ObligationKey
from modelcheck.result.details import ThroughStale
from modelcheck.result.operations import (
    Access,
    AtomicBlock,
    AtomicUpdate,
    Choice,
    Creation,
    Emission,
    Freeing,
    Load,
    Locking,
    Operation,
    Store,
    Touching,
)
from modelcheck.result.trace import Call, Change, Finding, HeldLock, Move, Position, ProcessEnd, Trace, TraceStep
from modelcheck.result.values import (
    Allocation,
    Elements,
    Happening,
    Literal,
    LockState,
    Null,
    Number,
    Place,
    Reference,
    Truth,
    Value,
)

_TEXTS = {
    12: "p = find_get_page(m);",
    20: "p = m->slot;",
    23: "if (m->slot == p) { return p; }",
    25: "local q : ref Page = m->other;",
    50: "use_names(p);",
    70: "n = p->names;",
    82: "remove_mapping(m, p);",
    84: "clear_array(p);",
}
SOURCE = Source("page.mc", "".join(f"line {number}; {_TEXTS.get(number, '')}\n" for number in range(1, 200)))


def at_line(number: int) -> Span:
    """The span of a whole line of ``SOURCE``."""
    start = SOURCE.text.index(f"line {number};")
    return Span(SOURCE, start, start + len(f"line {number};"))


def span_of(number: int, operation: str) -> Span:
    """The span of what a step does: of the place that is loaded, where the line shows it, else of the whole line."""
    loaded = operation.removeprefix("load ").partition(" -> ")[0]
    start = SOURCE.text.index(f"line {number};")
    found = SOURCE.text.find(loaded, start, SOURCE.text.index("\n", start))
    return (
        at_line(number) if not operation.startswith("load ") or found < 0 else Span(SOURCE, found, found + len(loaded))
    )


def assigned(span: Span) -> str:
    """The variable that ``SOURCE`` assigns what stands there to."""
    before = SOURCE.text[SOURCE.text.rfind("\n", 0, span.start) + 1 : span.start]
    found = re.search(r"(?:local (\w+) : [^=;]*|(\w+) *)= *$", before)
    return (found[1] or found[2]) if found and SOURCE.text[span.end] == ";" else ""


def call_of(name: str) -> Call:
    """The call of an inline in ``SOURCE`` (for other names of nothing much)."""
    start = max(SOURCE.text.find(f"{name}("), 0)
    span = Span(SOURCE, start, SOURCE.text.index(")", start) + 1)
    return Call(name, "", span, span.text if start else "", assigned(span) if start else "")


# What these tests write for data: `Page[0].count`, `Page[0] (stale)`, `removed(Page[0], _)`, `load m->slot -> Page[0]`.


def place(text: str, process: int | None = None) -> Place:
    found = re.fullmatch(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?", text)
    if found is None:
        return Place(text, process=process)
    return Place(found[1], int(found[2]) if found[2] else None, (found[3],) if found[3] else (), process)


def value(text: str) -> Value:
    if text in ("true", "false"):
        return Truth(text == "true")
    if text in ("allocated", "free"):
        return Allocation(text == "allocated")
    if text == "null":
        return Null()
    if text.startswith(("locked", "unlocked")):
        return LockState(text.startswith("locked"), False, tuple(text.split(" by ")[1:]))
    if text.startswith("{"):
        return Elements(tuple(value(part) for part in text[1:-1].split(", ") if part))
    found = re.fullmatch(r"(\w+)\[(\d+)\]( \(stale\))?", text)
    if found is not None:
        return Reference(found[1], int(found[2]), bool(found[3]))
    return Number(int(text)) if re.fullmatch(r"-?\d+", text) else Literal("E", text)


def event(text: str) -> Happening:
    found = re.fullmatch(r"(\w+)\((.*)\)", text)
    if found is None:
        return Happening(EventKind.EMIT, text)
    return Happening(EventKind.EMIT, found[1], tuple(value(part) for part in found[2].split(", ") if part))


def reference(text: str | None) -> Reference | Null | None:
    found = value(text) if text else None
    assert found is None or isinstance(found, Reference | Null)
    return found


_LOCKS = {operator.value.replace("_", " "): operator for operator in LockOperator}
_WORD = re.compile(
    rf"({'|'.join(sorted(_LOCKS, key=len, reverse=True))}|load|store|free|touch|new|choose:|emit|atomic) (.+?)(?: ->"
    r" (.+)| \((.+)\)| = (.+))?"
)


def operation(text: str, span: Span, changes: tuple[Change, ...] = ()) -> Operation:
    """An operation as a log tells it."""
    found = _WORD.fullmatch(text)
    word, target, result = (found[1], found[2], found[3] or found[4] or found[5]) if found else ("", text, None)
    match word:
        case "load":
            return Load(Access(target, None), value(result) if result else None, assigned(span))
        case "store":
            stored = value(result or "")
            changed = next((c for c in changes if c.new == stored and c.place.process is None), None)
            where = place(target) if changed is None else changed.place
            return Store(
                f"{target} = {result}", Access(target, where), stored if changed is None else changed.old, stored
            )
        case "free":
            return Freeing(f"free({target})", target, "Names", reference(result))
        case "touch":
            return Touching(f"touch({target})", target, "Names", reference(result))
        case "new":
            return Creation(f"new {target}", target, False, reference(result))
        case "choose:":
            return Choice(int(target.removeprefix("branch ")))
        case "emit":
            return Emission(text, event(target))
        case "atomic":
            return AtomicBlock("atomic { " + "n = n + 1; " * 9 + "}" if "..." in text else text, "")
        case "":
            call, _, result = text.partition(" -> ")
            return AtomicUpdate(call, "", Access(call, None), None, None, value(result) if result else None)
        case _:
            success = None if result is None else result == "true"
            spelled = f"{word.replace(' ', '_')}({target})"
            return Locking(spelled, _LOCKS[word], LockKind.SPINLOCK, Access(target, None), success)


def position(text: str, calls: tuple[Call, ...], span: Span) -> Position:
    """``reclaim::remove_mapping/frz``"""
    process, _, rest = text.partition("::")
    label = rest.rpartition("/")[2]
    return Position(process, calls, label if label.isidentifier() else "", span)


def step(
    number: int,
    process: str,
    where: str,
    did: str,
    line: int,
    changes: tuple[tuple[str, str, str], ...] = (),
    calls: tuple[str, ...] = (),
    events: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
    faulted: bool = False,
    instance: int = 0,
    variables: tuple[tuple[str, str], ...] = (),
) -> TraceStep:
    """One step; ``changes`` are (name, old, new): of a local, if there is no old value."""
    span = span_of(line, did)
    changed = tuple(
        Change(place(name, None if old or "." in name else instance), value(old) if old else None, value(new))
        for name, old, new in changes
    )
    return TraceStep(
        number,
        Move(instance, ()),
        process,
        position(where, tuple(call_of(name) for name in calls), span),
        operation(did, span, changed),
        changed,
        tuple(event(text) for text in events),
        findings,
        faulted,
        tuple((place(name, instance), value(text)) for name, text in variables),
    )


def contents(*values: tuple[str, str]) -> tuple[tuple[Place, Value], ...]:
    """Places and what they hold."""
    return tuple((place(name), value(text)) for name, text in values)


STALE = Finding(
    3,
    ObligationKey("use_after_free", "Names"),
    ThroughStale("n", "Names[0]", reused=False, reading=True),
    at_line(71),
    (Place("Names", 0),),
)


def use_after_free() -> Trace:
    """A reader reads the names that reclaim has freed; the reclaimer still holds the page lock,
    another reader waits for it.
    """
    load = ("find_get_page",)
    steps = (
        step(1, "reader[0]", "reader::find_get_page/load", "load m->slot -> Page[0]", 20, (("p", "", "Page[0]"),), load),
        step(2, "reader[0]", "reader::find_get_page/get", "p->count.inc_not_zero() -> true", 22,
             (("Page[0].count", "2", "3"),), load),
        step(3, "reader[0]", "reader::find_get_page/chk", "load m->slot -> Page[0]", 23, (), load,
             variables=(("p", "Page[0]"),)),
        step(4, "reclaim", "reclaim::try", "trylock p->lock -> true", 80, (("Page[0].lock", "unlocked", "locked by reclaim"),),
             instance=2),
        step(5, "reclaim", "reclaim::remove_mapping/del", "atomic { ... }", 95,
             (("Inode[0].slot", "Page[0]", "null"), ("Page[0].mapping", "Inode[0]", "null")),
             ("remove_mapping",), ("removed(Page[0], by_reclaim)",), instance=2),
        step(6, "reader[0]", "reader::use_names/ld", "load p->names -> Names[0]", 70, (("n", "", "Names[0]"),),
             ("use_names",)),
        step(7, "reclaim", "reclaim::clear_array/fr", "free n (Names[0])", 60, (("Names[0]", "allocated", "free"),),
             ("clear_array",), instance=2),
        step(8, "reader[0]", "reader::use_names/71", "touch n (Names[0] (stale))", 71, (), ("use_names",), (), (STALE,)),
    )  # fmt: skip
    return Trace(
        "page.mc",
        "v3_one_site",
        "reclaim_only",
        "no_use_after_free",
        "obligation",
        STALE,
        ("reader[0]", "reader[1]", "reclaim"),
        contents(("Page[0].count", "2"), ("Inode[0].slot", "Page[0]")),
        (),
        steps,
        contents(("Page[0].count", "3"), ("Inode[0].slot", "null")),
        (
            ProcessEnd(
                "reader[0]",
                "ready",
                position("reader::use_names/72", (call_of("use_names"),), at_line(72)),
                operation("touch n", at_line(72)),
            ),
            ProcessEnd(
                "reader[1]",
                "blocked",
                position("reader::lck", (), at_line(40)),
                operation("lock p->lock", at_line(40)),
                place("Page[0].lock"),
                ("reclaim",),
            ),
            ProcessEnd("reclaim", "ready", position("reclaim::clr", (), at_line(84)), operation("load x", at_line(84))),
        ),
        (HeldLock("reclaim", place("Page[0].lock"), "", 4),),
        orders=((3, 5), (7, 8)),
        classes=("reader", "reader", "reclaim"),
    )
