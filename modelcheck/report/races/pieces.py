"""What is told of a race, piece by piece: a step, a call that nobody interrupts, the head of a
call, or rounds of a loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from modelcheck.ground.records import dataclass
from modelcheck.report.narrate.lines import Fact, change_fact, fact, place_of
from modelcheck.report.narrate.value_texts import event_text, place_text
from modelcheck.report.races.numbering import NUMBERED, Numbering
from modelcheck.report.words import plural
from modelcheck.result.trace import Change, TraceStep
from modelcheck.result.values import Allocation, Place, Value, made_stale

#: Rounds that are the same are told once if there are so many of them.
ROUNDS = 3
#: The most pieces of one round that are looked for.
LONGEST_ROUND = 24
#: So many different events of a loop are told.
FEW = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """Something told of one thread (``process``; of several threads if it is empty). ``depth``: in how
    many unfolded calls it is; ``steps``: those it stands for (none: the head of a call, or, with
    ``waits``, what a thread waits for at the end).

    ``line``: the line number to show. ``facts``: what is different after it. ``marks``: what goes
    wrong in it, in a few words. ``begins``: it begins a line; ``alone``: what comes next begins
    one. ``kind``: what may be taken for the same thing, once more. ``short``: a shorter text that
    does with the facts. ``weight``: 4 for what is never left out, 3 for values that a thread reads
    for the first time and is decided by, 2 for events, 1 for changes, 0 for the rest (locks taken
    and released).
    """

    process: str
    line: int | None
    depth: int
    text: str
    facts: tuple[str, ...]
    marks: tuple[str, ...]
    steps: tuple[TraceStep, ...]
    alone: bool
    kind: tuple[object, ...] = ()
    weight: int = 4
    waits: bool = False
    short: str = ""
    begins: bool = False

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(step.number for step in self.steps)


def kept(pieces: Sequence[Piece], wanted: frozenset[int]) -> list[Piece]:
    """The pieces with one of the wanted steps, the heads of calls with something left in them, and what is no step."""
    found: list[Piece] = []
    deepest: dict[str, int] = {}
    for piece in reversed(pieces):
        if piece.steps and not wanted.isdisjoint(piece.numbers):
            found.append(piece)
            deepest[piece.process] = max(deepest.get(piece.process, 0), piece.depth)
        elif piece.waits:
            found.append(piece)
        elif not piece.steps and deepest.get(piece.process, 0) > piece.depth:
            found.append(piece)
            deepest[piece.process] = piece.depth
    return found[::-1]


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with their shorter texts, where the facts say the rest."""
    return [replace(piece, text=piece.short) if piece.short and piece.facts else piece for piece in pieces]


def steps_of(pieces: Iterable[Piece]) -> frozenset[int]:
    """The numbers of the steps that the pieces stand for."""
    return frozenset(step.number for piece in pieces for step in piece.steps)


def rounds_folded(pieces: Sequence[Piece], essential: frozenset[int], numbering: Numbering = NUMBERED) -> list[Piece]:
    """Tell the first of many rounds that are the same, and how many more there are; a round with an
    essential step is told by itself.
    """
    found: list[Piece] = []
    index = 0
    while index < len(pieces):
        length, count = _rounds_at(pieces, index, essential)
        if count < ROUNDS:
            found.append(pieces[index])
            index += 1
            continue
        end = index + length * count
        found += pieces[index : index + length]
        found.append(_more_rounds(pieces[index + length : end], count, numbering))
        index = end
    return found


def _rounds_at(pieces: Sequence[Piece], start: int, essential: frozenset[int]) -> tuple[int, int]:
    """The length and the number of the rounds that begin with a piece (of several possible ones
    those that save most).
    """
    best, saved = (1, 1), 0
    for length in range(1, min(LONGEST_ROUND, (len(pieces) - start) // ROUNDS) + 1):
        if not _same(pieces, start, start + length, length):
            continue
        count = 1
        # The first round may have an essential step, since it is drawn.
        while (
            start + (count + 1) * length <= len(pieces)
            and _same(pieces, start, start + count * length, length)
            and not any(
                piece.marks or not essential.isdisjoint(piece.numbers)
                for piece in pieces[start + count * length : start + (count + 1) * length]
            )
        ):
            count += 1
        if count >= ROUNDS and length * (count - 1) > saved:
            best, saved = (length, count), length * (count - 1)
    return best


def _same(pieces: Sequence[Piece], first: int, second: int, length: int) -> bool:
    return all(
        pieces[first + k].kind == pieces[second + k].kind and bool(pieces[first + k].kind) for k in range(length)
    )


def _more_rounds(pieces: Sequence[Piece], count: int, numbering: Numbering) -> Piece:
    steps = tuple(step for piece in pieces for step in piece.steps)
    processes = {piece.process for piece in pieces}
    events = Counter(event_text(event) for step in steps for event in step.events)
    told = [fact(f"* {event} {plural(number, 'time')}") for event, number in events.items()]
    if len(told) > FEW:
        told = [fact(f"* {sum(events.values()):,} events")]
    facts = [*told, *net_changes(steps)]
    whose = processes.pop() if len(processes) == 1 else ""
    depth = min(piece.depth for piece in pieces)
    lines = sorted({piece.line for piece in pieces if piece.line is not None})
    text = f"... and so on{numbering.rounds(lines)}, {count:,} times round"
    return Piece(whose, None, depth, text, briefly(facts), (), steps, True, begins=True)


def net_changes(steps: Iterable[TraceStep]) -> tuple[Fact, ...]:
    """Return what is different in the shared state after the steps: ``Page[0].count: 1 -> 2``.

    What comes and goes with an object is not told.
    """
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
    """Leave out the name of the object where the fact before was about it as well: ``Page[0].count:
    2 -> 0``, ``.mapping: Inode[0] -> null``.
    """
    told: list[str] = []
    before = ""
    for one in facts:
        told.append(one.rest if one.head and one.head == before else one.text)
        before = one.head
    return tuple(told)
