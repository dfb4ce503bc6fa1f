"""Traces made by hand for the tests of reports."""

from __future__ import annotations

from modelcheck.ground.source import Source, Span
from modelcheck.model.typed import ObligationKey
from modelcheck.result.trace import Change, Finding, HeldLock, Move, ProcessEnd, Trace, TraceStep

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


def place_of(number: int, operation: str) -> Span:
    """The span of what a step does: of the place that is loaded, where the line shows it, else of the whole line."""
    place = operation.removeprefix("load ").partition(" -> ")[0]
    start = SOURCE.text.index(f"line {number};")
    found = SOURCE.text.find(place, start, SOURCE.text.index("\n", start))
    return (
        at_line(number) if not operation.startswith("load ") or found < 0 else Span(SOURCE, found, found + len(place))
    )


def call_of(name: str) -> Span:
    """The span of the call of an inline in ``SOURCE`` (for other names of nothing much)."""
    start = max(SOURCE.text.find(f"{name}("), 0)
    return Span(SOURCE, start, SOURCE.text.index(")", start) + 1)


def step(
    number: int,
    process: str,
    position: str,
    operation: str,
    line: int,
    changes: tuple[tuple[str, str, str], ...] = (),
    frames: tuple[str, ...] = (),
    events: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
    faulted: bool = False,
    instance: int = 0,
    variables: tuple[tuple[str, str], ...] = (),
) -> TraceStep:
    """One step; ``changes`` are (name, old, new)."""
    return TraceStep(
        number,
        Move(instance, ()),
        process,
        position,
        tuple((name, "", call_of(name)) for name in frames),
        operation,
        place_of(line, operation),
        tuple(Change(name, old, new, None if old else instance) for name, old, new in changes),
        events,
        findings,
        faulted,
        variables,
    )


STALE = Finding(
    3,
    ObligationKey("use_after_free", "Names"),
    "touch(n) is an access to Names[0], which was freed",
    at_line(71),
    ("Names[0]",),
)


def use_after_free() -> Trace:
    """A reader reads the names that reclaim has freed; the reclaimer still holds the page lock, another reader waits for it."""
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
        (("Page[0].count", "2"), ("Inode[0].slot", "Page[0]")),
        (),
        steps,
        (("Page[0].count", "3"), ("Inode[0].slot", "null")),
        (
            ProcessEnd(
                "reader[0]",
                "ready",
                "reader::use_names/72",
                at_line(72),
                "",
                (("use_names", "", call_of("use_names")),),
            ),
            ProcessEnd("reader[1]", "blocked", "reader::lck", at_line(40), "Page[0].lock, held by reclaim"),
            ProcessEnd("reclaim", "ready", "reclaim::clr", at_line(84), ""),
        ),
        (HeldLock("reclaim", "Page[0].lock", "", 4),),
        orders=((3, 5), (7, 8)),
    )
