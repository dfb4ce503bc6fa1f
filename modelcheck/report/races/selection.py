"""How much of a race is told: all of it where there is room, else what matters, and of a run that
never fits its beginning, what matters most and its end.

Nothing in the picture comes from nowhere: what a shown step reads was written by a shown step,
stood there in the initial state, or is told with what was left out. And taken as an order of steps
it is the run: what is left out may come right before the next step of its thread that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from modelcheck.checking.dependence import Dependence
from modelcheck.ground.records import dataclass
from modelcheck.report.narrate.operations import operation_text
from modelcheck.report.narrate.value_texts import place_text, value_text
from modelcheck.report.races.calls import every_step, folded, waiting
from modelcheck.report.races.numbering import NUMBERED, Numbering
from modelcheck.report.races.pieces import Piece, kept, rounds_folded, shortened, steps_of
from modelcheck.report.words import listing, plural
from modelcheck.result.trace import Trace, TraceStep

#: Of a run of more steps than this only so many are looked at, half of them at its beginning:
#: nobody reads more, and it takes long.
LOOKED_AT = 4_000
#: Of a run that never fits, the first part: one of so many lines.
_BEGINNING = 3
#: A picture that leaves out all it may is better too long by so many lines than with a gap.
_TOO_LONG = 30
#: More pieces than this never share a line.
_A_LINE = 16

#: How many lines some pieces take.
Height = Callable[[Sequence[Piece]], int]


def told(trace: Trace, height: Height, room: int, numbering: Numbering = NUMBERED) -> list[Piece]:
    """What is told of a race in ``room`` lines (or more, if what may not be left out takes more);
    the last piece says what was left out.
    """
    if len(trace.steps) > LOOKED_AT:
        return _ends_of_long(trace, height, room, numbering)

    def limited(pieces: Sequence[Piece]) -> int:
        # So many pieces do not fit, however many share a line.
        return len(pieces) if len(pieces) > _A_LINE * (room + _TOO_LONG) else height(pieces)

    needs = Dependence(trace)
    essential = needs.essential()
    last = waiting(trace)
    whole = [*every_step(trace), *last]
    calls = [*folded(trace, essential, numbering), *last]
    rounds = rounds_folded(calls, essential, numbering)
    for pieces in (
        whole,
        shortened(whole),
        rounds_folded(whole, essential, numbering),
        calls,
        rounds,
        shortened(rounds),
    ):
        if limited(pieces) <= room:
            return pieces
    return _fitting(_Run(trace, needs, shortened(rounds), numbering), limited, room)


@dataclass(frozen=True, slots=True)
class _Run:
    """A race that does not fit: what its steps need, and all there is to tell."""

    trace: Trace
    needs: Dependence
    pieces: Sequence[Piece]
    numbering: Numbering


def _fitting(run: _Run, height: Height, room: int) -> list[Piece]:
    """As much as fits, with all that it needs; if not even the essential steps do, these alone, and
    what they need in words.
    """
    for weight in (1, 2, 3, 4):
        wanted = _closed(run, steps_of(piece for piece in run.pieces if piece.weight >= weight))
        drawn = _announced(run, wanted)
        if height(drawn) <= room:
            return _filled(run, wanted, height, room)
    if height(drawn) <= room + _TOO_LONG:
        return drawn
    wanted = _in_order(run, run.needs.essential())
    drawn = _announced(run, wanted)
    if height(drawn) <= room + _TOO_LONG:
        return drawn
    return _ends(run, wanted, height, room)


def _filled(run: _Run, wanted: frozenset[int], height: Height, room: int) -> list[Piece]:
    """Use the lines that are left, for what weighs most and comes latest first."""
    drawn = _announced(run, wanted)
    rest = [piece for piece in run.pieces if piece.steps and wanted.isdisjoint(piece.numbers)]
    for piece in sorted(rest, key=lambda piece: (-piece.weight, -piece.steps[0].number)):
        if not wanted.isdisjoint(piece.numbers):
            continue
        more = _closed(run, wanted | piece.numbers)
        longer = _announced(run, more)
        if height(longer) <= room:
            wanted, drawn = more, longer
    return drawn


def _whole_pieces(pieces: Sequence[Piece], wanted: Collection[int]) -> frozenset[int]:
    return steps_of(piece for piece in pieces if not piece.numbers.isdisjoint(wanted))


def _closed(run: _Run, wanted: Collection[int]) -> frozenset[int]:
    """The steps of the pieces that tell these steps, and all that they need."""
    found = _whole_pieces(run.pieces, wanted)
    while True:
        more = _whole_pieces(run.pieces, run.needs.closed(found))
        if more == found:
            return found
        found = more


def _in_order(run: _Run, wanted: Collection[int]) -> frozenset[int]:
    """The steps of the pieces that tell these steps, and those without which these would not be in
    the order of the run.
    """
    found = _whole_pieces(run.pieces, wanted)
    while True:
        more = _whole_pieces(run.pieces, found | run.needs.displaced(found))
        if more == found:
            return found
        found = more


def _announced(run: _Run, wanted: frozenset[int]) -> list[Piece]:
    """The pieces with the wanted steps, and at their end how many steps are left out and which
    values the others have from them.
    """
    drawn = kept(run.pieces, wanted)
    shown = steps_of(drawn)
    left_out = [step for step in run.trace.steps if step.number not in shown]
    if not left_out:
        return drawn
    unknown = run.needs.unknown(shown)
    values = [_left_behind(step, run.numbering) for step in left_out if step.number in unknown]
    text = f"({plural(len(left_out), 'step')} left out: --steps shows all)"
    if values:
        text = f"({plural(len(left_out), 'step')} left out, among them {listing(values)}: --steps shows all)"
    return [*drawn, _remark(text)]


def _left_behind(step: TraceStep, numbering: Numbering) -> str:
    """What a step that is left out did, for those that read it."""
    changes = [f"{place_text(change.place)} = {value_text(change.new)}" for change in step.changes]
    shared = [text for text, change in zip(changes, step.changes, strict=True) if change.place.process is None]
    own = [
        text for text, change in zip(changes, step.changes, strict=True) if change.place.process == step.move.process
    ]
    return f"{numbering.of(step.process, step.span)} {', '.join(shared or own) or operation_text(step.operation)}"


def _remark(text: str) -> Piece:
    return Piece("", None, 0, text, (), (), (), True)


def _ends(run: _Run, wanted: frozenset[int], height: Height, room: int) -> list[Piece]:
    """How a run begins that does not fit whatever is left out of it, and how it ends, in ``room`` lines."""
    first, last = _cut(kept(run.pieces, wanted), height, room)
    left_out = len(run.trace.steps) - len(steps_of([*first, *last]))
    return [*first, _gap(left_out), *last]


def _gap(left_out: int) -> Piece:
    return _remark(f"({plural(left_out, 'step')} left out here: --steps shows all)")


def _cut(pieces: Sequence[Piece], height: Height, room: int) -> tuple[list[Piece], list[Piece]]:
    """The first pieces, and the last ones."""
    end = len(pieces) - 1
    while end > 0 and height(pieces[end - 1 :]) <= room - room // _BEGINNING - 1:
        end -= 1
    start = 0
    while start < end and height(pieces[: start + 1]) <= room // _BEGINNING:
        start += 1
    return list(pieces[:start]), list(pieces[end:])


def _ends_of_long(trace: Trace, height: Height, room: int, numbering: Numbering) -> list[Piece]:
    """How a very long run begins and ends, in ``room`` lines."""
    first, last = trace.steps[: LOOKED_AT // 2], trace.steps[-LOOKED_AT // 2 :]
    ends = {step.process: step.number for step in trace.steps}
    essential = frozenset(ends.values())
    # The numbers of steps are places in the whole run.
    parts = [
        rounds_folded(
            folded(replace(trace, steps=steps, orders=None, lost=None), essential, numbering), essential, numbering
        )
        for steps in (first, last)
    ]
    pieces = [*parts[0], *parts[1], *waiting(trace)]
    beginning, end = _cut(pieces, height, room)
    left_out = len(trace.steps) - len(steps_of([*beginning, *end]))
    return [*beginning, _gap(left_out), *end]
