"""What each thread does, call by call: a call that nobody interrupts is told in one piece, with what is different after it.

A call unfolds where another thread cuts in, where something goes wrong in it, and where the run ends in the middle of it. In an unfolded call, steps that change
nothing and that no order depends on are left out (but the last one of the run, and updates that are lost). A thread that nobody interrupts, and without which nothing would be different, is one piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from modelcheck.checking.causes import bystanders, key_steps, main_orders, needed_steps
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.report.narrate.lines import (
    Fact,
    Line,
    Narrator,
    change_fact,
    fact,
    known_loads,
    lost_updates,
    only_locks,
    place_of,
    says_little,
)
from modelcheck.report.narrate.values import event_text, named_values, place_text
from modelcheck.result.operations import Choice, concerns
from modelcheck.result.trace import Call, Change, Trace, TraceStep
from modelcheck.result.values import Allocation, Place, Value, made_stale

#: A thread that stands by and does fewer things than this is told like the others.
BRIEF = 4
#: Heads of nested calls share a line up to this many characters.
HEAD = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """Something told of one thread. ``depth``: in how many unfolded calls it is; ``steps``: those it stands for (none: the head of a call).
    ``marks``: what goes wrong in it, in a few words.

    ``line``: the line number to show. ``alone``: what comes next goes on a line of its own. ``weight``: 4 for what the race is about, 3 for what it depends on besides,
    2 for events, 1 for changes, 0 for the rest (locks taken and released).
    """

    process: str
    line: int | None
    depth: int
    text: str
    facts: tuple[str, ...]
    marks: tuple[str, ...]
    steps: tuple[TraceStep, ...]
    alone: bool
    weight: int = 4


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of the run. ``first`` and ``last``: indices of its steps; ``whole``: the thread returned from it."""

    call: Call
    first: int
    last: int
    whole: bool


def every_step(trace: Trace) -> list[Piece]:
    """Tell every step, with a head above the first one of each call."""
    narrator = Narrator(trace)
    pieces: list[Piece] = []
    inside: dict[str, tuple[str, ...]] = {}
    for step in trace.steps:
        frames = tuple(call.inline for call in step.calls)
        if frames and inside.get(step.process) != frames:
            pieces.append(Piece(step.process, None, 0, f"{frames[-1]}():", (), (), (), True))
        inside[step.process] = frames
        pieces.append(_piece(step, narrator.line(step), 1 if frames else 0))
    return pieces


def folded(trace: Trace) -> list[Piece]:
    """Tell what nobody interrupts in one piece."""
    folder = _Folder(trace)
    return [folder.weighed(piece) for piece in folder.pieces()]


def trimmed(pieces: Sequence[Piece], weight: int) -> list[Piece]:
    """Leave out what weighs less than ``weight``, and heads of calls with nothing left in them."""
    kept: list[Piece] = []
    deepest: dict[str, int] = {}
    for piece in reversed(pieces):
        if piece.steps and piece.weight >= weight:
            kept.append(piece)
            deepest[piece.process] = max(deepest.get(piece.process, 0), piece.depth)
        elif not piece.steps and deepest.get(piece.process, 0) > piece.depth:
            kept.append(piece)
            deepest[piece.process] = piece.depth
    return kept[::-1]


def _piece(step: TraceStep, line: Line, depth: int) -> Piece:
    facts = (*(fact(f"* {event}") for event in line.events), *line.facts)
    return Piece(step.process, step.span.line, depth, line.text, briefly(facts), line.marks, (step,), bool(line.marks))


class _Folder:
    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        narrator = Narrator(trace)
        self._lines = [narrator.line(step) for step in trace.steps]
        self._aside = bystanders(trace)
        self._keys = needed_steps(trace)
        self._lost = lost_updates(trace)
        self._known = known_loads(trace)
        self._main = {*key_steps(trace), *(number for pair in main_orders(trace) for number in pair)}
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

    def weighed(self, piece: Piece) -> Piece:
        """Return the piece with its weight."""
        numbers = {step.number for step in piece.steps}
        if not numbers or piece.marks or numbers & self._main:
            return piece
        if numbers & self._keys:
            return replace(piece, weight=3)
        if any(step.events for step in piece.steps):
            return replace(piece, weight=2)
        dull = all(only_locks(step) or all(c.place.process is not None for c in step.changes) for step in piece.steps)
        return replace(piece, weight=0 if dull else 1)

    def pieces(self) -> list[Piece]:
        """Return what is told, in order."""
        found: list[Piece] = []
        numbered = range(len(self._trace.steps))
        for _, group in groupby(numbered, key=lambda index: self._trace.steps[index].process):
            stretch = list(group)
            found += self._whole_thread(stretch) or self._told(stretch, 0, 0)
        return found

    def _whole_thread(self, stretch: Sequence[int]) -> list[Piece]:
        """A thread that only stands by, if it is worth a piece of its own."""
        steps = tuple(self._trace.steps[index] for index in stretch)
        process = steps[0].process
        done = {
            (self._call_at(index, 0), not self._inside[index] and index) for index in stretch if self._matters(index)
        }
        if process not in self._aside or len(done) < BRIEF or not self._may_fold(stretch):
            return []
        return [
            Piece(process, steps[0].span.line, 0, "(runs to its end)", briefly(net_changes(steps)), (), steps, False)
        ]

    def _may_fold(self, stretch: Sequence[int]) -> bool:
        return not any(self._lines[index].marks for index in stretch)

    def _told(self, stretch: Sequence[int], depth: int, indent: int) -> list[Piece]:
        """Tell consecutive steps of one thread that are in the same ``depth`` calls, ``indent`` of which have a head of their own."""
        found: list[Piece] = []
        for number, group in groupby(stretch, key=lambda index: self._call_at(index, depth)):
            part = list(group)
            if number is None:
                found += [self._step(index, indent) for index in part if self._matters(index)]
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
            text = " ".join(f"{_call_text(self._calls[n])}:" for n in [*numbers, number])
            if numbers and (len(text) > HEAD or number in self._bodies):
                break
            numbers.append(number)
            depth += 1
        self._bodies.update(dict.fromkeys(numbers, indent + 1))
        outermost = self._calls[numbers[0]]
        text = " ".join(f"{_call_text(self._calls[n])}:" for n in numbers)
        return Piece(self._trace.steps[part[0]].process, _line(outermost.call.span), indent, text, (), (), (), True)

    def _call_at(self, index: int, depth: int) -> int | None:
        return self._inside[index][depth] if depth < len(self._inside[index]) else None

    def _is_folded(self, number: int, part: Sequence[int]) -> bool:
        call = self._calls[number]
        return call.whole and call.first == part[0] and call.last == part[-1] and self._may_fold(part)

    def _matters(self, index: int) -> bool:
        """Whether a step is worth a word: something changes, something happens, or its place in the order counts."""
        step, line = self._trace.steps[index], self._lines[index]
        if step.number in self._keys or line.marks or step.events:
            return True
        # A thread may have come to the wrong place by a mere load.
        if index == len(self._trace.steps) - 1 or step.number in self._lost:
            return True
        # What a thread reads is news if the violation is about it; the first time.
        if step.number not in self._known and any(concerns(step.operation, one) for one in self._trace.finding.about):
            return True
        return any(change.place.process is None for change in step.changes)

    def _step(self, index: int, indent: int) -> Piece:
        step, line = self._trace.steps[index], self._lines[index]
        piece = _piece(step, line, indent)
        # What is different after an atomic block says more than that it is one.
        return replace(piece, text=line.label) if piece.facts and line.label and says_little(step.operation) else piece

    def _call(self, number: int, part: Sequence[int], depth: int) -> Piece:
        call = self._calls[number]
        steps = tuple(self._trace.steps[index] for index in part)
        text, facts = _call_text(call), self._net(part)
        target = call.call.into
        if target:
            text = f"{target} = {text}"
            facts = (*(value for name, value in named_values(steps[-1].locals) if name == target), *facts)
        return Piece(
            steps[0].process, _line(call.call.span) or steps[0].span.line, depth, text, facts, (), steps, False
        )

    def _net(self, part: Sequence[int]) -> tuple[str, ...]:
        """The events in these steps, the choices, and what is different after them."""
        steps = [self._trace.steps[index] for index in part]
        events = [fact(f"* {event_text(event)}") for step in steps for event in step.events]
        choices = [
            fact(f"branch {step.operation.branch} at line {step.span.line}")
            for step in steps
            if isinstance(step.operation, Choice)
        ]
        return briefly((*events, *choices, *net_changes(steps)))


def net_changes(steps: Iterable[TraceStep]) -> tuple[Fact, ...]:
    """Return what is different in the shared state after the steps: ``Page[0].count: 1 -> 2``. What comes and goes with an object is not told."""
    old: dict[Place, Value | None] = {}
    new: dict[Place, Value] = {}
    for step in steps:
        for change in step.changes:
            if change.place.process is None:
                old.setdefault(change.place, change.old)
                new[change.place] = change.new
    places = [place for place in new if old[place] != new[place] and not made_stale(old[place], new[place])]
    whole = {place for place in places if place.is_object}
    groups = list(dict.fromkeys(place_of(place) for place in places))
    told = []
    for place in sorted(places, key=lambda place: groups.index(place_of(place))):
        if place in whole:
            told.append(fact(f"{place_text(place)} {'allocated' if new[place] == Allocation(True) else 'freed'}"))
        elif place_of(place) not in whole:
            told.append(change_fact(Change(place, old[place], new[place])))
    return tuple(told)


def briefly(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Leave out the name of the object where the fact before was about it as well: ``Page[0].count: 2 -> 0``, ``.mapping: Inode[0] -> null``."""
    told: list[str] = []
    before = ""
    for one in facts:
        told.append(one.rest if one.head and one.head == before else one.text)
        before = one.head
    return tuple(told)


def _line(span: Span) -> int | None:
    return span.line if span.source.text else None


def _call_text(call: _Call) -> str:
    return call.call.text or f"{call.call.inline}()"
