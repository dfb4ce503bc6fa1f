"""What stands below a race: what is violated, what the object went through, who holds what, and the order that matters."""

from __future__ import annotations

from modelcheck.checking.causes import (
    bystanders,
    counted,
    is_final,
    life,
    lost_by,
    main_orders,
    order_that_matters,
    waits_for_cycle,
)
from modelcheck.report.narrate.lines import Line, Narrator, brief
from modelcheck.report.narrate.operations import waiting_text
from modelcheck.report.narrate.values import event_text, place_text
from modelcheck.report.words import holding, listing, reached, standing, wrapped
from modelcheck.result.trace import ProcessEnd, Trace, TraceStep
from modelcheck.result.values import Place, refers_to


def ending(trace: Trace, width: int) -> list[str]:
    """Return the lines below a race, at most ``width`` characters wide."""
    found = trace.finding
    word = "Reached" if reached(trace) else "Violated"
    where = f" at line {found.span.line}" if found.span is not None and not reached(trace) else ""
    ends = "; the run ends here" if trace.steps and trace.steps[-1].faulted else ""
    # A walk claims nothing: its finding says so.
    walk = trace.kind == "walk"
    head, detail = ("", found.detail.capitalize()) if walk else (f"{word}{where}: ", found.detail)
    lines = wrapped(detail + ends, width, head, "    ")
    for sentence in (*_history(trace), *_standing(trace)):
        lines += wrapped(sentence, width, "  ", "      ")
    orders = order_lines(trace)
    if orders:
        lines.append("  The order that matters:")
        lines += [line for order in orders for line in wrapped(order, width, "    ", "        ")]
    elif trace.orders == () and len({step.process for step in trace.steps}) > 1 and not waits_for_cycle(trace):
        lines += wrapped("No order between the threads matters.", width, "  ")
    return lines


def _by(step: TraceStep) -> str:
    return f"by {step.process} at line {step.span.line}"


def _history(trace: Trace) -> list[str]:
    """What happened to the object, or to the events that are counted."""
    object_life, count = life(trace), counted(trace)
    sentences: list[str] = []
    if object_life is not None:
        allocated, freed, before = object_life.allocated, object_life.freed, object_life.before
        parts = [f"freed {_by(before)}"] if before is not None else []
        again = " again" if before is not None else ""
        parts.append(f"allocated{again} {_by(allocated)}" if allocated is not None else "allocated at the start")
        if freed is not None:
            parts.append(f"freed {_by(freed)}")
        lost = lost_by(trace)
        if trace.lost is not None:
            parts.append(f"out of reach since {f'line {lost.span.line} of {lost.process}' if lost else 'the start'}")
        elif (freed or before) is not None and trace.steps and trace.steps[-1] is not freed:
            verb = "freed again" if trace.finding.key and trace.finding.key.kind == "double_free" else "used"
            parts.append(f"{verb} {_by(trace.steps[-1])}")
        references = _references(trace, object_life.object) if trace.lost is None else []
        if references:
            parts.append(f"still referred to by {listing(references)}")
        sentences.append(f"{place_text(object_life.object)}: {', '.join(parts)}")
    if count is not None:
        if count.opened is not None and count.window is not None:
            sentences.append(f"{event_text(count.window)}: {_by(count.opened)}")
        times = [_by(step) for step in count.occurred]
        sentences.append(f"{event_text(count.event)}: {listing(times) if times else 'never'}")
    return sentences


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


def _standing(trace: Trace) -> list[str]:
    """Who holds which lock, who waits for whom."""
    sentences = [holding(held, trace) for held in trace.held]
    key = trace.finding.key
    nobody_moves = key is not None and key.kind in ("deadlock", "stuck")
    moving = {step.process for step in trace.steps}
    sentences += [
        standing(end) for end in trace.ends if end.status == "blocked" and (nobody_moves or end.process in moving)
    ]
    cycle = waits_for_cycle(trace)
    if cycle:
        names = [end.process for end in cycle]
        sentences.append(f"each waits for the next one: {' -> '.join([*names, names[0]])}")
    finished = [end.process for end in trace.ends if end.status in ("done", "resting")]
    if finished and nobody_moves:
        sentences.append(f"{listing(finished)} {'has' if len(finished) == 1 else 'have'} nothing left to do")
    return sentences


def order_lines(trace: Trace) -> list[str]:
    """Return the orders that matter, with the line of each step: ``reader[0]:143 n = p->names < reclaim:56 free(n)``."""
    pairs, shown, aside = order_that_matters(trace), main_orders(trace), bystanders(trace)
    if not pairs and not _missed(trace):
        return []
    narrator = Narrator(trace)
    names = {step.number: _name(step, narrator.line(step)) for step in trace.steps}
    told = list(dict.fromkeys(f"{names[first]} < {names[second]}" for first, second in shown))
    told += [f"{names[late]} < {_waiting(end)}" for end, (_, late) in _missed(trace)]
    hidden = [pair for pair in pairs if pair not in shown]
    beside = {trace.steps[number - 1].process for pair in hidden for number in pair} & aside
    if beside:
        names_beside = listing(process for process in trace.processes if process in beside)
        told.append(f"and {names_beside} not in between")
    elif hidden:
        told.append(f"and {len(hidden)} more")
    told += [f"({_waiting(end)} was possible after {names[early]})" for end, (early, _) in _missed(trace) if early]
    return told


def _missed(trace: Trace) -> list[tuple[ProcessEnd, tuple[int, int]]]:
    """The guards at which a run ends wrong because somebody did not get past them in time: who stands there, and when it was possible."""
    key = trace.finding.key
    if key is None or key.kind not in ("deadlock", "use_after_free", "unassigned_read") or not is_final(trace):
        return []
    return [(end, end.missed) for end in trace.ends if end.missed is not None and end.operation is not None]


def _waiting(end: ProcessEnd) -> str:
    """``reader:12 when (n == 1)``"""
    assert end.span is not None
    assert end.operation is not None
    return f"{end.process}:{end.span.line} {waiting_text(end.operation)}"


def delay_lines(trace: Trace) -> list[str]:
    """Return where a delay makes the race likely: before the later step of each order, until the earlier one has been taken."""
    narrator = Narrator(trace)
    texts = {step.number: brief(step, narrator.line(step)) for step in trace.steps}
    waits: dict[int, list[TraceStep]] = {}
    for first, second in order_that_matters(trace):
        waits.setdefault(second, []).append(trace.steps[first - 1])
    lines = []
    for number, others in sorted(waits.items()):
        step = trace.steps[number - 1]
        until = listing(
            f"{other.process} has passed line {other.span.line} ({texts[other.number]})" for other in others
        )
        lines.append(f"{step.process}, before line {step.span.line} ({texts[number]}): until {until}")
    for end, (_, number) in _missed(trace):
        assert end.span is not None
        assert end.operation is not None
        other = trace.steps[number - 1]
        until = f"{other.process} has passed line {other.span.line} ({texts[number]})"
        lines.append(f"{end.process}, before line {end.span.line} ({waiting_text(end.operation)}): until {until}")
    return lines


def _name(step: TraceStep, line: Line) -> str:
    return f"{step.process}:{step.span.line} {brief(step, line)}"
