"""What stands below a race: what is violated, what the object went through, who holds what, and the order that matters."""

from __future__ import annotations

import re

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
from modelcheck.report.steps import Narrator
from modelcheck.report.words import holding, label_of, listing, reached, standing, wrapped
from modelcheck.result.trace import Trace, TraceStep


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
        references = _references(trace, object_life.name) if trace.lost is None else []
        if references:
            parts.append(f"still referred to by {listing(references)}")
        sentences.append(f"{object_life.name}: {', '.join(parts)}")
    if count is not None:
        if count.opened is not None:
            sentences.append(f"{count.window}: {_by(count.opened)}")
        times = [_by(step) for step in count.occurred]
        sentences.append(f"{count.event}: {listing(times) if times else 'never'}")
    return sentences


def _references(trace: Trace, name: str) -> list[str]:
    """Who refers to an object at the end, stale or not."""
    named = re.compile(rf"\b{re.escape(name)}(?! *\w)")
    shared = [place for place, value in trace.final if named.search(value) and place != name]
    local = [
        f"{end.process}'s {variable}" for end in trace.ends for variable, value in end.locals if named.search(value)
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
    names = {step.number: _name(step, narrator.line(step).text) for step in trace.steps}
    told = list(dict.fromkeys(f"{names[first]} < {names[second]}" for first, second in shown))
    told += [f"{names[missed[1]]} < {place}" for place, missed in _missed(trace)]
    hidden = [pair for pair in pairs if pair not in shown]
    beside = {trace.steps[number - 1].process for pair in hidden for number in pair} & aside
    if beside:
        names_beside = listing(process for process in trace.processes if process in beside)
        told.append(f"and {names_beside} not in between")
    elif hidden:
        told.append(f"and {len(hidden)} more")
    told += [f"({place} was possible after {names[missed[0]]})" for place, missed in _missed(trace) if missed[0]]
    return told


def _missed(trace: Trace) -> list[tuple[str, tuple[int, int]]]:
    """The guards at which a run ends wrong because somebody did not get past them in time: where, and when it was possible."""
    key = trace.finding.key
    if key is None or key.kind not in ("deadlock", "use_after_free", "unassigned_read") or not is_final(trace):
        return []
    return [
        (f"{end.process}:{end.span.line} {end.waits_for.split(' {', 1)[0]}", end.missed)
        for end in trace.ends
        if end.missed is not None and end.span is not None
    ]


def delay_lines(trace: Trace) -> list[str]:
    """Return where a delay makes the race likely: before the later step of each order, until the earlier one has been taken."""
    narrator = Narrator(trace)
    texts = {step.number: operation_name(step, narrator.line(step).text) for step in trace.steps}
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
    for place, (_, number) in _missed(trace):
        process, _, text = place.partition(" ")
        other = trace.steps[number - 1]
        name, line = process.rsplit(":", 1)
        until = f"{other.process} has passed line {other.span.line} ({texts[number]})"
        lines.append(f"{name}, before line {line} ({text}): until {until}")
    return lines


def _name(step: TraceStep, text: str) -> str:
    return f"{step.process}:{step.span.line} {operation_name(step, text)}"


def operation_name(step: TraceStep, text: str) -> str:
    """A few words for what a step does: of an atomic block the condition it tests, or the first thing it changes."""
    operation = text.removeprefix(f"{label_of(step.position)}: ")
    if operation.startswith(("atomic", "assert")):
        tested = re.search(r"\bif \((.+?)\) \{", operation)
        changed = [change for change in step.changes if change.process is None]
        if changed:
            return f"{changed[0].name} = {changed[0].new}"
        if tested is not None:
            return tested[1]
        return label_of(step.position) or operation.split("{", 1)[0].strip()
    return operation.split(" -> ", 1)[0].removeprefix("emit ")
