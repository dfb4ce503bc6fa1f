"""What stands below a race: what is violated, what the object went through, who holds what, and the
order that matters.
"""

from __future__ import annotations

from collections import Counter

from modelcheck.checking.causes import counted, is_final, life, lost_by, order_that_matters, waits_for_cycle
from modelcheck.checking.dependence import nobody_moves, standing_ends, told_orders
from modelcheck.ground.source import Span
from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.lines import Narrator, brief
from modelcheck.report.narrate.operations import waiting_text
from modelcheck.report.narrate.value_texts import event_text, place_text
from modelcheck.report.races.numbering import NUMBERED, Numbering
from modelcheck.report.words import holding, listing, plural, reached, standing, wrapped
from modelcheck.result.operations import AtomicBlock
from modelcheck.result.trace import ProcessEnd, Trace, TraceStep
from modelcheck.result.values import Place, refers_to


def ending(trace: Trace, width: int, numbering: Numbering = NUMBERED) -> list[str]:
    """Return the lines below a race, at most ``width`` characters wide."""
    found = trace.finding
    word = "Reached" if reached(trace) else "Violated"
    where = "" if reached(trace) else numbering.at(found.span)
    ends = "; the run ends here" if trace.steps and trace.steps[-1].faulted else ""
    # A walk claims nothing: its finding says so.
    walk = trace.kind == "walk"
    told = finding_text(found)
    head, detail = ("", told.capitalize()) if walk else (f"{word}{where}: ", told)
    lines = wrapped(detail + ends, width, head, "    ")
    for sentence in (*_history(trace, numbering), *_standing(trace, numbering)):
        lines += wrapped(sentence, width, "  ", "      ")
    orders = order_lines(trace, numbering)
    if orders:
        lines.append("  The order that matters:")
        lines += [line for order in orders for line in wrapped(order, width, "    ", "        ")]
    elif trace.orders == () and len({step.process for step in trace.steps}) > 1 and not waits_for_cycle(trace):
        lines += wrapped("No order between the threads matters.", width, "  ")
    return lines


def _by(step: TraceStep, numbering: Numbering) -> str:
    return f"by {step.process}{numbering.at(step.span)}"


def _history(trace: Trace, numbering: Numbering) -> list[str]:
    """What happened to the object, or to the events that are counted."""
    object_life, count = life(trace), counted(trace)
    sentences: list[str] = []
    if object_life is not None:
        allocated, freed, before = object_life.allocated, object_life.freed, object_life.before
        parts = [f"freed {_by(before, numbering)}"] if before is not None else []
        again = " again" if before is not None else ""
        parts.append(
            f"allocated{again} {_by(allocated, numbering)}" if allocated is not None else "allocated at the start"
        )
        if freed is not None:
            parts.append(f"freed {_by(freed, numbering)}")
        lost = lost_by(trace)
        if trace.lost is not None:
            parts.append(f"out of reach since {_since(lost, numbering)}")
        elif (freed or before) is not None and trace.steps and trace.steps[-1] is not freed:
            verb = "freed again" if trace.finding.key and trace.finding.key.kind == "double_free" else "used"
            parts.append(f"{verb} {_by(trace.steps[-1], numbering)}")
        references = _references(trace, object_life.object) if trace.lost is None else []
        if references:
            parts.append(f"still referred to by {listing(references)}")
        sentences.append(f"{place_text(object_life.object)}: {', '.join(parts)}")
    if count is not None:
        if count.opened is not None and count.window is not None:
            sentences.append(f"{event_text(count.window)}: {_by(count.opened, numbering)}")
        times = [_by(step, numbering) for step in count.occurred]
        sentences.append(f"{event_text(count.event)}: {listing(times) if times else 'never'}")
    return sentences


def _since(lost: TraceStep | None, numbering: Numbering) -> str:
    if lost is None:
        return "the start"
    return f"line {lost.span.line} of {lost.process}" if numbering.shown else f"what {lost.process} did"


def _references(trace: Trace, object_: Place) -> list[str]:
    """Who refers to an object at the end, stale or not."""
    assert object_.slot is not None
    name, slot = object_.name, object_.slot
    shared = [place_text(place) for place, value in trace.final if refers_to(value, name, slot)]
    local = [
        f"{end.process}'s {place_text(place)}"
        for end in trace.ends
        for place, value in end.locals
        if refers_to(value, name, slot)
    ]
    return list(dict.fromkeys((*shared, *local)))


def _standing(trace: Trace, numbering: Numbering) -> list[str]:
    """Who holds which lock, who waits for whom.

    In columns it is seen there where a thread with a column of its own stands that nobody can move.
    """
    sentences = [holding(held, trace, numbering) for held in trace.held]
    moving = {step.process for step in trace.steps}
    stuck = nobody_moves(trace)
    sentences += [
        standing(end, numbering)
        for end in standing_ends(trace)
        if end.status == "blocked" or (end.status == "ready" and stuck and end.process not in moving)
    ]
    cycle = waits_for_cycle(trace)
    if cycle:
        names = [end.process for end in cycle]
        sentences.append(f"each waits for the next one: {' -> '.join([*names, names[0]])}")
    finished = [end.process for end in trace.ends if end.status == "done"]
    # Where one rests that has a column is seen there.
    resting = [end.process for end in trace.ends if end.status == "resting" and end.process not in moving]
    if finished and stuck:
        sentences.append(f"{listing(finished)} {'has' if len(finished) == 1 else 'have'} finished")
    if resting and stuck:
        sentences.append(f"{listing(resting)} {'has' if len(resting) == 1 else 'have'} nothing to do")
    return sentences


def order_lines(trace: Trace, numbering: Numbering = NUMBERED) -> list[str]:
    """Return the orders that matter, with the line of each step: ``reader[0]:143 n = p->names < reclaim:56 free(n)``.

    Steps of a line that a thread comes by several times are told apart: ``(2nd time)``. Of a
    deadlock each lock of the cycle had to be taken before the next thread came for it.
    """
    pairs, shown = order_that_matters(trace), told_orders(trace)
    names = Names(trace, numbering)
    told = []
    for first, second in shown:
        about = _common(trace.steps[first - 1], trace.steps[second - 1])
        told.append(f"{names.of(first, about)} < {names.of(second, about)}")
    told += [f"{names.of(late)} < {_waiting(end, numbering)}" for end, (_, late) in _missed(trace)]
    told += _cycle_orders(trace, names, numbering)
    told = list(dict.fromkeys(told))
    if len(pairs) > len(shown):
        told.append(f"and {plural(len(pairs) - len(shown), 'earlier order')}: --delays names all")
    told += [
        f"({_waiting(end, numbering)} was possible after {names.of(early)})"
        for end, (early, _) in _missed(trace)
        if early
    ]
    return told


def _cycle_orders(trace: Trace, names: Names, numbering: Numbering) -> list[str]:
    """Of each lock that a deadlock is about: it was taken before another thread came for it."""
    since = {(held.process, held.lock): held.since for held in trace.held}
    return [
        f"{names.of(since[holder, end.lock])} < {numbering.of(end.process, end.span)} waits for {place_text(end.lock)}"
        for end in waits_for_cycle(trace)
        for holder in end.holders
        if end.span is not None and end.lock is not None and since.get((holder, end.lock))
    ]


def _common(first: TraceStep, second: TraceStep) -> frozenset[Place]:
    """The places that make the order of two steps matter: one of them writes what the other one reads or writes."""
    (a, b), (c, d) = ((set(step.flow.reads), set(step.flow.writes)) for step in (first, second))
    return frozenset(b & (c | d) | a & d)


class Names:
    """The steps of a trace by thread, line and operation, and where a thread comes by several
    times, which time it is.
    """

    def __init__(self, trace: Trace, numbering: Numbering = NUMBERED) -> None:
        self._numbering = numbering
        narrator = Narrator(trace)
        self._steps = trace.steps
        self._lines = [narrator.line(step) for step in trace.steps]
        times: Counter[tuple[str, int, type, str]] = Counter()
        #: for each step how often its process has come by
        self._times: list[int] = []
        for step in trace.steps:
            times[_step(step)] += 1
            self._times.append(times[_step(step)])
        self._all = times

    def of(self, number: int, about: frozenset[Place] = frozenset()) -> str:
        """The name of a step; ``about``: which of its places matter."""
        step = self._steps[number - 1]
        text = f"{self._numbering.of(step.process, step.span)} {brief(step, self._lines[number - 1], about)}"
        often = self._all[_step(step)] > 1
        return f"{text} ({_ordinal(self._times[number - 1])} time)" if often else text


def _step(step: TraceStep) -> tuple[str, int, type, str]:
    """What a process comes by: the load of ``n += 1`` is another step than its store, and so are
    the parts of one statement that are called differently.
    """
    caption = step.operation.caption if isinstance(step.operation, AtomicBlock) else ""
    return step.process, step.span.start, type(step.operation), caption


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _missed(trace: Trace) -> list[tuple[ProcessEnd, tuple[int, int]]]:
    """The guards at which a run ends wrong because somebody did not get past them in time: who
    stands there, and when it was possible.
    """
    key = trace.finding.key
    if key is None or key.kind not in ("deadlock", "use_after_free", "unassigned_read") or not is_final(trace):
        return []
    return [(end, end.missed) for end in trace.ends if end.missed is not None and end.operation is not None]


def _waiting(end: ProcessEnd, numbering: Numbering) -> str:
    """``reader:12 when (n == 1)``"""
    assert end.span is not None
    assert end.operation is not None
    return f"{numbering.of(end.process, end.span)} {waiting_text(end.operation)}"


def delay_lines(trace: Trace, numbering: Numbering = NUMBERED) -> list[str]:
    """Return where a delay makes the race likely: before the later step of each order, until the
    earlier one has been taken.
    """
    narrator = Narrator(trace)
    texts = {step.number: brief(step, narrator.line(step)) for step in trace.steps}
    waits: dict[int, list[TraceStep]] = {}
    for first, second in order_that_matters(trace):
        waits.setdefault(second, []).append(trace.steps[first - 1])
    lines = []
    for number, others in sorted(waits.items()):
        step = trace.steps[number - 1]
        until = listing(_has_passed(other, texts[other.number], numbering) for other in others)
        lines.append(f"{step.process}, before {_there(step.span, texts[number], numbering)}: until {until}")
    for end, (_, number) in _missed(trace):
        assert end.span is not None
        assert end.operation is not None
        until = _has_passed(trace.steps[number - 1], texts[number], numbering)
        there = _there(end.span, waiting_text(end.operation), numbering)
        lines.append(f"{end.process}, before {there}: until {until}")
    return lines


def _has_passed(step: TraceStep, text: str, numbering: Numbering) -> str:
    return f"{step.process} has passed {_there(step.span, text, numbering)}"


def _there(span: Span, text: str, numbering: Numbering) -> str:
    return f"line {span.line} ({text})" if numbering.shown else text
