"""How one race differs from another one of the same property."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.checking.causes import key_steps, needed_steps, order_that_matters
from modelcheck.report.narrate.lines import Narrator, brief
from modelcheck.report.words import plural, wrapped
from modelcheck.result.trace import Trace, TraceStep

#: What a step is known by, whichever replica takes it: class of its process, calls it is in, and
#: itself, by their places.
_Kind = tuple[str, tuple[tuple[str, int], ...], tuple[str, int]]
#: Orders told of each side.
_TOLD = 3


def unlike(trace: Trace, before: Trace, width: int = 80) -> list[str]:
    """Return lines about what ``trace`` needs and ``before`` does not, and the reverse; empty if
    nobody looked for their orders.
    """
    if trace.orders is None or before.orders is None:
        return []
    here, there = _named(trace, before), _named(before, trace)
    mine, theirs = ([_kind(t.steps[n - 1]) for n in key_steps(t)] for t in (trace, before))
    my_orders, their_orders = _orders(trace), _orders(before)
    told = [
        ("brought about by", [here[key] for key in mine if key not in theirs]),
        ("and not by", [there[key] for key in theirs if key not in mine]),
        ("it needs", [f"{here[a]} < {here[b]}" for a, b in my_orders if (a, b) not in their_orders]),
        ("but not", [f"{there[a]} < {there[b]}" for a, b in their_orders if (a, b) not in my_orders]),
    ]
    lines = []
    for what, found in told:
        texts = list(dict.fromkeys(found))
        more = len(texts) - _TOLD
        for number, text in enumerate([*texts[:_TOLD], *([plural(more, "more", "more")] if more > 0 else [])]):
            head = what if number == 0 else ""
            lines += wrapped(text, width, f"  {head:<16} ", " " * 23)
    return lines


def _orders(trace: Trace) -> list[tuple[_Kind, _Kind]]:
    return [(_kind(trace.steps[a - 1]), _kind(trace.steps[b - 1])) for a, b in order_that_matters(trace)]


def _kind(step: TraceStep) -> _Kind:
    calls = tuple((call.span.source.path, call.span.start) for call in step.calls)
    return step.position.process, calls, (step.span.source.path, step.span.start)


def _told(trace: Trace) -> Iterable[TraceStep]:
    return (trace.steps[number - 1] for number in sorted(needed_steps(trace)))


def _named(trace: Trace, other: Trace) -> dict[_Kind, str]:
    """Each step that is told in a few words; with the calls that it is in where nothing else tells
    it from one of the other race.
    """
    texts = {_kind(step): _plain(trace, step) for step in _told(trace)}
    theirs = {_kind(step): _plain(other, step) for step in _told(other)}
    for step in _told(trace):
        kind = _kind(step)
        if kind not in theirs and texts[kind] in theirs.values() and step.calls:
            texts[kind] += f" in {', '.join(f'{call.inline}, line {call.span.line}' for call in step.calls[::-1])}"
    return texts


def _plain(trace: Trace, step: TraceStep) -> str:
    return f"{step.process}:{step.span.line} {brief(step, Narrator(trace).line(step))}"
