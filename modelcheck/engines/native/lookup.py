"""The states that the native explorer found, for those who ask afterwards (see ``engines.explicit.visited``).

The question goes to the table that the search filled, through the code that filled it. That what it
finds stands for the orbit of what was asked is looked at here again, by the definition of an orbit,
for the first answers and then one of so many.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np

from modelcheck.engines.explicit.machine import InconsistentSystem
from modelcheck.engines.explicit.visited import SCANNED
from modelcheck.engines.native.layout import Layout
from modelcheck.engines.native.paths import NO_STEP, Paths
from modelcheck.engines.native.storage.context import Cell
from modelcheck.engines.native.storage.storage import Storage
from modelcheck.engines.native.thread_pool import Crew
from modelcheck.ground.records import dataclass
from modelcheck.ir import layout as packed
from modelcheck.ir.passes.symmetry import Symmetry
from modelcheck.ir.system import Step, System
from modelcheck.result.exploration import Stepper
from modelcheck.result.reasons.differences import Broken, BrokenExplorer
from modelcheck.result.trace import Move, Schedule

#: So many answers are looked at by the definition, and after them one of so many.
ORBITS_FIRST, ORBITS_EVERY = 64, 256
#: So many states are put in order at a time.
_RANKED = 1 << 20


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring fields that lie in the same way in a packed state (from bit ``shift`` on, ``width``
    bits) and in ``word`` of the native one (from bit ``place`` on). ``offset``: what the values of
    a single field must be raised by; ``room``: how many bits are there for them."""

    shift: int
    width: int
    word: int
    place: int
    offset: int
    room: int


class Lookup:
    """``levels``: the number of the first state of each level; ``find``: the entry point of that
    name; ``close``: lets go of everything.
    """

    def __init__(
        self,
        system: System,
        symmetry: Symmetry,
        layout: Layout,
        storage: Storage,
        crew: Crew,
        find: Callable[[int], int],
        paths: Paths,
        levels: Sequence[int],
        count: int,
        close: Callable[[], None],
    ) -> None:
        self._system = system
        self._symmetry = symmetry
        self._layout = layout
        self._storage = storage
        self._crew = crew
        self._find = find
        self._paths = paths
        self._levels = tuple(levels)
        self._count = count
        self._close = close
        self._answered = 0
        self._scanned = 0
        self._ways: dict[tuple[int, int], tuple[Move, int]] = {}
        self._runs: tuple[packed.Layout, tuple[_Run, ...]] | None = None  # for the layout that was asked with last

    @property
    def work(self) -> int:
        return self._scanned // SCANNED + self._paths.expanded

    def depths(self, states: Sequence[int], layout: packed.Layout) -> list[int]:
        return [bisect_right(self._levels, number) - 1 for number in self._numbers(states, layout)]

    def sample(self, most: int, layout: packed.Layout, random: Random) -> list[int]:
        numbers = self._ranked(random.getrandbits(64), most)
        return self._packed(random.sample(numbers, most) if len(numbers) > most else numbers, layout)

    def _ranked(self, seed: int, most: int) -> list[int]:
        """The first state of each level, and then the first of all states up to so many, in an order
        that is a hash of what they hold.

        How threads number the states of a level is left to chance; what they hold is not.
        """
        by_level: dict[int, tuple[int, int]] = {}
        first: list[tuple[int, int]] = []
        for begin in range(0, self._count, _RANKED):
            numbers = np.arange(begin, min(begin + _RANKED, self._count))
            ranks = self._ranks(numbers, seed)
            level = bisect_right(self._levels, begin) - 1
            inside = self._levels[level + 1 : bisect_right(self._levels, int(numbers[-1]))]
            starts = np.array([0, *(start - begin for start in inside)])
            lowest = np.minimum.reduceat(ranks, starts)
            lengths = np.diff(np.append(starts, len(ranks)))
            for position in np.flatnonzero(ranks == np.repeat(lowest, lengths)).tolist():
                here = bisect_right(self._levels, begin + position) - 1
                mine = (int(ranks[position]), begin + position)
                by_level[here] = min(by_level.get(here, mine), mine)
            first = _lowest(first, ranks, numbers, most)
        chosen = [number for _, (_, number) in sorted(by_level.items())]
        return chosen + [number for _, number in first[: max(0, most - len(chosen))]]

    def _ranks(self, numbers: Any, seed: int) -> Any:
        """A hash of each of these states."""
        begin, end = int(numbers[0]), int(numbers[-1]) + 1
        rows = self._words_of(begin, end)[numbers - begin]
        ranks = np.full(len(numbers), seed, dtype=np.uint64)
        for word in range(self._layout.words):
            ranks = (ranks ^ rows[:, word]) * np.uint64(0x9E3779B97F4A7C15)
            ranks ^= ranks >> np.uint64(29)
        return ranks

    def _words_of(self, begin: int, end: int) -> Any:
        """The words of these states, a row for each."""
        words = self._layout.words
        return self._storage.raw(begin * words, (end - begin) * words).reshape(-1, words)

    def standing_at(self, step: Step, most: int, layout: packed.Layout) -> list[int]:
        field = self._layout.fields[self._system.processes[step.process].location]
        self._scanned += self._count
        first: list[tuple[int, int]] = []
        # In parts: at the limit of memory there is no room for a word of every state.
        for begin in range(0, self._count, _RANKED):
            words = self._words_of(begin, min(begin + _RANKED, self._count))[:, field.word]
            raw = (words >> np.uint64(field.shift)) & np.uint64((1 << field.width) - 1)
            there = np.flatnonzero(raw == np.uint64(step.source - field.base)) + begin
            if len(there):
                first = _lowest(first, self._ranks(there, step.id), there, most)
        return self._packed([number for _, number in first], layout)

    def schedule(self, state: int, machine: Stepper) -> Schedule:
        wanted = self._numbers((state,), machine.layout)[0]
        passed = self._paths.numbers(bisect_right(self._levels, wanted) - 1, self._storage.state(wanted))
        current, moves = machine.initial, []
        for number in (*passed[1:], wanted) if passed else ():
            way = self._ways.get((current, number))
            if way is None:
                way = self._ways[current, number] = self._way(current, number, machine)
            moves.append(way[0])
            current += way[1]
        return tuple(moves)

    def _way(self, state: int, wanted: int, machine: Stepper) -> tuple[Move, int]:
        """The first step from a state to one for which ``wanted`` stands.

        Raises ``InconsistentSystem`` if there is none.
        """
        ways = [(option.move, option.delta) for option in machine.options(state) if option.delta is not None]
        numbers = self._numbers([state + delta for _, delta in ways], machine.layout)
        for way, number in zip(ways, numbers, strict=True):
            if number == wanted:
                return way
        raise InconsistentSystem(NO_STEP)

    def release(self) -> None:
        self._close()

    def _packed(self, numbers: Sequence[int] | Any, layout: packed.Layout) -> list[int]:
        """The states with these numbers as they are packed there.

        Raises ``FieldOverflow`` if a value has no room in its field.
        """
        runs = self._shared_runs(layout)
        chosen = np.asarray(numbers, dtype=np.int64)
        stored = self._storage.raw(0, self._count * self._layout.words).reshape(-1, self._layout.words)[chosen]
        size = -(-layout.width // 64) + 1
        rows: Any = np.zeros((len(chosen), size), dtype="<u8")
        for run in runs:
            raw = (stored[:, run.word] >> np.uint64(run.place)) & np.uint64((1 << run.room) - 1)
            if abs(run.offset) >= 1 << 62:
                return self._packed_singly(chosen, layout)
            value = raw.astype(np.int64) - run.offset if run.offset else raw
            if run.offset or run.room > run.width:
                greatest = (1 << min(run.width, 63)) - 1
                if bool(((value < 0) | (value > greatest)).any()):
                    return self._packed_singly(chosen, layout)
            word, shift = divmod(run.shift, 64)
            bits = value.astype(np.uint64)
            rows[:, word] |= bits << np.uint64(shift)
            if shift and shift + run.width > 64:
                rows[:, word + 1] |= bits >> np.uint64(64 - shift)
        data = rows.tobytes()
        width = 8 * size
        return [int.from_bytes(data[at : at + width], "little") for at in range(0, len(data), width)]

    def _packed_singly(self, numbers: Sequence[int] | Any, layout: packed.Layout) -> list[int]:
        """The same, one value after the other."""
        variables = self._system.variables
        result: list[int] = []
        for number in numbers:
            values = self._layout.unpack(self._storage.state(int(number)), variables)
            result.append(layout.pack([values[variable.id] for variable in variables], variables))
        return result

    def _numbers(self, states: Sequence[int], layout: packed.Layout) -> list[int]:
        """The number of the state that stands for each of these; -1 if it was not visited."""
        if not states:
            return []
        queries, outside = self._rows(states, layout)
        self._storage.put(Cell.PENDING, 0)
        self._storage.put(Cell.QUERIES, queries.ctypes.data)
        self._storage.work_on(0, len(states))
        self._crew.run(self._find, together=False)
        answers = queries[:, self._layout.words].astype(np.int64) - 1
        answers[outside] = -1
        numbers: list[int] = answers.tolist()
        if self._symmetry.groups or self._symmetry.renamings:
            self._compare_orbits(states, numbers, layout)
        elif not self._are(numbers, queries[:, : self._layout.words]):
            raise InconsistentSystem(BrokenExplorer(Broken.STATES_CONFUSED, native=True))
        return numbers

    def _are(self, numbers: Sequence[int], rows: Any) -> bool:
        """Whether the states with these numbers (-1: none) have these words."""
        found = np.array(numbers, dtype=np.int64)
        there = found >= 0
        stored = self._storage.raw(0, self._count * self._layout.words).reshape(-1, self._layout.words)
        return bool((stored[found[there]] == rows[there]).all())

    def _rows(self, states: Sequence[int], layout: packed.Layout) -> tuple[Any, Any]:
        """The words of each state, with room for an answer, and which states have a value that has
        no room in its field.
        """
        size = -(-layout.width // 64) + 1
        data = b"".join(state.to_bytes(8 * size, "little") for state in states)
        words = np.frombuffer(data, dtype="<u8").reshape(-1, size)
        rows: Any = np.zeros((len(states), self._layout.words + 1), dtype=np.uint64)
        outside = np.zeros(len(states), dtype=bool)
        for run in self._shared_runs(layout):
            word, shift = divmod(run.shift, 64)
            raw = words[:, word] >> np.uint64(shift)
            if shift + run.width > 64:
                raw = raw | (words[:, word + 1] << np.uint64(64 - shift))
            raw = raw & np.uint64((1 << min(run.width, 64)) - 1)
            if run.offset:
                raw = raw + np.uint64(run.offset % (1 << 64))
            if run.width > run.room or run.offset:
                outside |= raw > np.uint64((1 << run.room) - 1)
            rows[:, run.word] |= raw << np.uint64(run.place)
        return rows, outside

    def _shared_runs(self, layout: packed.Layout) -> tuple[_Run, ...]:
        """The fields of both layouts, neighbours that are the same in both taken together."""
        if self._runs is not None and self._runs[0] is layout:
            return self._runs[1]
        runs: list[_Run] = []
        for number, field in sorted(layout.fields.items(), key=lambda item: item[1].shift):
            mine = self._layout.fields[number]
            run = _Run(field.shift, field.width, mine.word, mine.shift, field.base - mine.base, mine.width)
            last = runs[-1] if runs else None
            if last is not None and _continues(last, run):
                width = last.width + run.width
                runs[-1] = _Run(last.shift, width, last.word, last.place, 0, width)
            else:
                runs.append(run)
        self._runs = (layout, tuple(runs))
        return self._runs[1]

    def _compare_orbits(self, states: Sequence[int], numbers: Sequence[int], layout: packed.Layout) -> None:
        """Raises ``InconsistentSystem`` if what was found does not stand for what was asked."""
        for state, number in zip(states, numbers, strict=True):
            self._answered += 1
            if number < 0 or (self._answered > ORBITS_FIRST and self._answered % ORBITS_EVERY):
                continue
            asked = {variable.id: layout.value(state, variable.id) for variable in self._system.variables}
            found = self._layout.unpack(self._storage.state(number), self._system.variables)
            if self._symmetry.orbit(asked) != self._symmetry.orbit(found):
                raise InconsistentSystem(BrokenExplorer(Broken.STATES_CONFUSED, native=True))


def _continues(last: _Run, run: _Run) -> bool:
    """Whether both runs hold plain bits, one behind the other on both sides, with room in one word."""
    plain = all(not one.offset and one.width == one.room for one in (last, run))
    follows = run.shift == last.shift + last.width and run.place == last.place + last.width and run.word == last.word
    return plain and follows and last.width + run.width <= 64


def _lowest(found: list[tuple[int, int]], ranks: Any, numbers: Any, most: int) -> list[tuple[int, int]]:
    """The lowest of what was found so far and these, each a rank and the number of its state."""
    kept = np.argpartition(ranks, most)[:most] if len(ranks) > most else slice(None)
    return sorted([*found, *zip(ranks[kept].tolist(), numbers[kept].tolist(), strict=True)])[:most]
