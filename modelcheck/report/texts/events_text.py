"""Two runs side by side, event by event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelcheck.report.narrate.operations import operation_text
from modelcheck.report.narrate.value_texts import event_text
from modelcheck.report.reasons.studies import uncompared_text
from modelcheck.report.words import listing, plural, wrapped
from modelcheck.result.trace import Trace, TraceStep
from modelcheck.studies.refinement.compare import EventComparison, OnlyOne


def events_text(comparisons: Sequence[EventComparison], first: str, second: str, width: int = 80) -> str:
    """Return what each of two designs can show that the other cannot, scenario by scenario."""
    differing = [one for one in comparisons if one.differences]
    bounded = [one for one in comparisons if one.bound is not None]
    compared = plural(len(comparisons), "scenario")
    if differing:
        where = listing(one.scenario for one in differing)
        lines = wrapped(f"The events that can be seen differ in {len(differing)} of {compared}: {where}.", width)
    elif comparisons and len(bounded) < len(comparisons):
        whole = plural(len(comparisons) - len(bounded), "scenario")
        lines = wrapped(f"{first} and {second} can show the same events in {whole}, in every order.", width)
    else:
        lines = []
    for one in differing:
        for difference in one.differences:
            lines += ["", *_difference(one.scenario, difference, width)]
    if bounded:
        lines.append("")
    for one in bounded:
        upto = f"sequences of up to {plural(one.bound or 0, 'event')}" if one.bound else "nothing"
        lines += wrapped(f"bounded: {one.scenario}: {upto} compared: {uncompared_text(one.reason)}", width, "", "    ")
    unshared = sorted({name for one in comparisons for name in one.unshared})
    if unshared:
        lines += wrapped(f"Events that only one of them declares were left out: {', '.join(unshared)}.", width)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _difference(scenario: str, found: OnlyOne, width: int) -> list[str]:
    steps = plural(len(found.trace.steps), "step")
    head = (
        f"{scenario}: {found.able} can show {plural(len(found.events), 'event')} in {steps} that {found.unable} cannot:"
    )
    left, right = _shown(found.trace, found.events), _shown(found.other, found.events[:-1])
    half = (width - 5) // 2
    lines = [*wrapped(head, width), ""]
    lines.append(f"  {found.able:<{half}} {found.unable}")
    for mine, theirs in zip(left[:-1], right, strict=True):
        lines += _beside([_event(*mine)], [_event(*theirs)], half, " ")
    text, step = left[-1]
    instead = f"instead only: {', '.join(found.instead)}" if found.instead else "nothing can be seen any more"
    lines += _beside([_event(text, step)], [instead], half, ">")
    lines += wrapped(
        f"It diverges at line {step.span.line}: {step.process}: {operation_text(step.operation)}", width, "  ", "    "
    )
    return lines


def _shown(trace: Trace, events: Sequence[str]) -> list[tuple[str, TraceStep]]:
    """The events of a run that count, each with its step."""
    found: list[tuple[str, TraceStep]] = []
    for step in trace.steps:
        for event in step.events:
            text = event_text(event)
            if len(found) < len(events) and text == events[len(found)]:
                found.append((text, step))
    return found


def _event(text: str, step: TraceStep) -> str:
    return f"{text}  {step.process}, line {step.span.line}"


def _beside(left: Iterable[str], right: Iterable[str], half: int, mark: str) -> list[str]:
    lefts = [line for text in left for line in wrapped(text, half - 1, "", "    ")]
    rights = [line for text in right for line in wrapped(text, half, "", "    ")]
    rows = max(len(lefts), len(rights))
    lefts += [""] * (rows - len(lefts))
    rights += [""] * (rows - len(rights))
    return [
        f"{mark if number == 0 else ' '} {one:<{half}} {other}"
        for number, (one, other) in enumerate(zip(lefts, rights, strict=True))
    ]
