"""What each thread does, call by call: a call that nobody interrupts may be told in one piece, with
what is different after it.

A call unfolds where another thread cuts in, where something goes wrong in it, where the run ends in
the middle of it, and if one of its steps is essential.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from modelcheck.checking.dependence import nobody_moves, standing_ends
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.report.narrate.lines import Line, Narrator, fact, only_locks
from modelcheck.report.narrate.operations import awaited_text, is_cut
from modelcheck.report.narrate.value_texts import event_text, spelling, value_text
from modelcheck.report.races.numbering import NUMBERED, Numbering
from modelcheck.report.races.pieces import Piece, briefly, net_changes
from modelcheck.result.operations import AtomicBlock, Choice
from modelcheck.result.trace import Call, ProcessEnd, Trace, TraceStep

#: Heads of nested calls share a line up to this many characters.
HEAD = 40


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of the run. ``first`` and ``last``: indices of its steps; ``whole``: the thread returned from it."""

    call: Call
    first: int
    last: int
    whole: bool


def every_step(trace: Trace) -> list[Piece]:
    """Tell every step, below the heads of the calls that it is in."""
    return _Folder(trace, frozenset(step.number for step in trace.steps)).pieces()


def folded(trace: Trace, essential: frozenset[int], numbering: Numbering = NUMBERED) -> list[Piece]:
    """Tell in one piece the calls that nobody interrupts and in which there is no essential step."""
    return _Folder(trace, essential, numbering).pieces()


def waiting(trace: Trace) -> list[Piece]:
    """What the threads wait for at the end, if that is the violation."""
    moving = {step.process for step in trace.steps}
    if not nobody_moves(trace):
        return []
    return [
        Piece(end.process, end.span.line, 0, _waits(end, trace), (), (), (), True, waits=True)
        for end in standing_ends(trace)
        if end.process in moving and end.span is not None
    ]


def _waits(end: ProcessEnd, trace: Trace) -> str:
    now = next(known for known in trace.ends if known.process == end.process)
    # (The span says where it stands as well as the lock does.)
    comes = "" if (now.status, now.span) == (end.status, end.span) else "in the end "
    match end.status:
        case "blocked":
            return f"... {comes}waits for {awaited_text(end)}"
        case "resting":
            return f"... {comes}rests until {awaited_text(end)}"
        case _:
            return "... can go on, and never comes to its end"


def _piece(step: TraceStep, line: Line, depth: int) -> Piece:
    facts = (*(fact(f"* {event}") for event in line.events), *line.facts)
    kind = (step.process, depth, step.span.start, tuple(call.span.start for call in step.calls))
    return Piece(
        step.process,
        step.span.line,
        depth,
        line.text,
        briefly(facts),
        line.marks,
        (step,),
        bool(line.marks),
        kind,
        short=_without_body(step, line),
    )


def _without_body(step: TraceStep, line: Line) -> str:
    """Of an atomic block its label or its guard: what is different after it says the rest."""
    if not isinstance(step.operation, AtomicBlock) or step.operation.caption:
        return ""
    guard = f"atomic when ({step.operation.guard})" if step.operation.guard else ""
    return ": ".join(part for part in (line.label, guard) if part) or "atomic"


class _Folder:
    def __init__(self, trace: Trace, essential: frozenset[int], numbering: Numbering = NUMBERED) -> None:
        self._trace = trace
        self._numbering = numbering
        narrator = Narrator(trace)
        self._lines = [narrator.line(step) for step in trace.steps]
        self._essential = essential
        self._calls: list[_Call] = []
        #: for each step the calls it is in, outermost first, as indices into ``_calls``
        self._inside: list[tuple[int, ...]] = []
        self._find_calls()
        #: how far the bodies of calls that unfold are indented
        self._bodies: dict[int, int] = {}

    def _find_calls(self) -> None:
        stacks: dict[str, tuple[int, ...]] = {}
        ends = {end.process: end.calls for end in self._trace.ends}
        last_of = {step.process: index for index, step in enumerate(self._trace.steps)}
        for index, step in enumerate(self._trace.steps):
            stack: list[int] = []
            before = stacks.get(step.process, ())
            for depth, call in enumerate(step.calls):
                known = before[depth] if depth < len(before) and tuple(stack) == before[:depth] else None
                if known is not None and self._calls[known].call == call:
                    self._calls[known] = _Call(call, self._calls[known].first, index, True)
                    stack.append(known)
                else:
                    self._calls.append(_Call(call, index, index, True))
                    stack.append(len(self._calls) - 1)
            stacks[step.process] = tuple(stack)
            self._inside.append(tuple(stack))
        for process, index in last_of.items():
            steps, still = self._trace.steps[index].calls, ends.get(process, ())
            for depth, number in enumerate(self._inside[index]):
                same = depth < len(still) and still[: depth + 1] == steps[: depth + 1]
                if same or self._trace.steps[index].faulted:
                    self._calls[number] = replace(self._calls[number], whole=False)

    def _weight(self, numbers: frozenset[int], steps: Sequence[TraceStep]) -> int:
        if not numbers.isdisjoint(self._essential):
            return 4
        if any(step.events for step in steps):
            return 2
        if any(change.place.process is None for step in steps if not only_locks(step) for change in step.changes):
            return 1
        return 0

    def pieces(self) -> list[Piece]:
        """Return what is told, in order."""
        found: list[Piece] = []
        numbered = range(len(self._trace.steps))
        for _, group in groupby(numbered, key=lambda index: self._trace.steps[index].process):
            found += self._told(list(group), 0, 0)
        return [
            replace(piece, weight=self._weight(piece.numbers, piece.steps)) if piece.steps else piece for piece in found
        ]

    def _may_fold(self, stretch: Sequence[int]) -> bool:
        return not any(
            self._lines[index].marks or self._trace.steps[index].number in self._essential for index in stretch
        )

    def _told(self, stretch: Sequence[int], depth: int, indent: int) -> list[Piece]:
        """Tell consecutive steps of one thread that are in the same ``depth`` calls, ``indent`` of
        which have a head of their own.
        """
        found: list[Piece] = []
        for number, group in groupby(stretch, key=lambda index: self._call_at(index, depth)):
            part = list(group)
            if number is None:
                found += [self._step(index, indent) for index in part]
            elif self._is_folded(number, part):
                found.append(self._call(number, part, indent))
            else:
                if number not in self._bodies:
                    found.append(self._head(part, depth, indent))
                found += self._told(part, depth + 1, self._bodies[number])
        return found

    def _head(self, part: Sequence[int], depth: int, indent: int) -> Piece:
        """The head of a call that unfolds, and of the calls in it that are all there is of it here."""
        numbers: list[int] = []
        while True:
            number = self._call_at(part[0], depth)
            alone = number is not None and all(self._call_at(index, depth) == number for index in part)
            if number is None or not alone or self._is_folded(number, part):
                break
            text = self._heads([*numbers, number])
            if numbers and (len(text) > HEAD or number in self._bodies):
                break
            numbers.append(number)
            depth += 1
        self._bodies.update(dict.fromkeys(numbers, indent + 1))
        outermost = self._calls[numbers[0]]
        text = self._heads(numbers)
        process = self._trace.steps[part[0]].process
        kind = (process, indent, outermost.call.span.start, "head")
        return Piece(process, _line(outermost.call.span), indent, text, (), (), (), True, kind)

    def _heads(self, numbers: Sequence[int]) -> str:
        """``p = find_get_page(m):``, and the calls in it."""
        return " ".join(f"{_call_text(self._calls[number])}:" for number in numbers)

    def _call_at(self, index: int, depth: int) -> int | None:
        return self._inside[index][depth] if depth < len(self._inside[index]) else None

    def _is_folded(self, number: int, part: Sequence[int]) -> bool:
        call = self._calls[number]
        return call.whole and call.first == part[0] and call.last == part[-1] and self._may_fold(part)

    def _step(self, index: int, indent: int) -> Piece:
        step, line = self._trace.steps[index], self._lines[index]
        piece = _piece(step, line, indent)
        # What is different after an atomic block says more than that it is one.
        return (
            replace(piece, text=piece.short)
            if piece.facts and isinstance(step.operation, AtomicBlock) and is_cut(step.operation)
            else piece
        )

    def _call(self, number: int, part: Sequence[int], depth: int) -> Piece:
        call = self._calls[number]
        steps = tuple(self._trace.steps[index] for index in part)
        facts = (*self._result(number, part[-1]), *self._net(part))
        kind = (steps[0].process, depth, call.call.span.start, "call")
        line = _line(call.call.span) or steps[0].span.line
        return Piece(steps[0].process, line, depth, _call_text(call), facts, (), steps, False, kind)

    def _result(self, number: int, index: int) -> tuple[str, ...]:
        """What a call has returned whose last step this is, if a local of its caller has it."""
        last, depth = self._trace.steps[index], self._inside[index].index(number)
        caller = last.calls[depth - 1].inline if depth else ""
        return tuple(
            value_text(value)
            for place, value in last.locals
            if (place.owner if place.inlined else "") == caller and spelling(place) == self._calls[number].call.into
        )

    def _net(self, part: Sequence[int]) -> tuple[str, ...]:
        """The events in these steps, the choices, and what is different after them."""
        steps = [self._trace.steps[index] for index in part]
        events = [fact(f"* {event_text(event)}") for step in steps for event in step.events]
        choices = [
            fact(f"branch {step.operation.branch}{self._numbering.at(step.span)}")
            for step in steps
            if isinstance(step.operation, Choice)
        ]
        return briefly((*events, *choices, *net_changes(steps)))


def _line(span: Span) -> int | None:
    return span.line if span.source.text else None


def _call_text(call: _Call) -> str:
    into = f"{call.call.into} = " if call.call.into else ""
    return f"{into}{call.call.text or call.call.inline + '()'}"
