"""States of small instances under counters: what candidate lemmas are guessed from.

A state is what the processes other than the replicas and the shared variables are, and how many
replicas are in each local state. The successors are computed by the compiled steps of the system
with two replicas: one of them stands for the replica that moves, the other in turn for each kind of
those that look on. A sample only ever suggests; nothing is believed because of it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

import numpy as np
import numpy.typing as npt

from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.induction.samples.vectors import Column
from modelcheck.ground.records import dataclass
from modelcheck.ir.layout import FieldOverflow, Layout
from modelcheck.ir.passes.counters import Replicas
from modelcheck.ir.uncountable import NotCountable, Uncounted

#: Number of replicas, packed rest, ((number of local state, how many), ...).
Row = tuple[int, int, tuple[tuple[int, int], ...]]
#: (packed rest, ((local state, how many), ...) in order)
State = tuple[int, tuple[tuple[int, int], ...]]


SEED = 20101201
#: If so many states were sampled with a number of instances, those with the next one are visited in compiled code.
MANY = 500
#: Larger values of a variable are not told apart when states are judged by what they show.
MOST_TOLD_APART = 40


@dataclass(frozen=True, slots=True)
class Block:
    """Many states with ``n`` replicas. ``rest``: of each variable that is no replica's its value in each state.

    ``members``: for each replica the number of its local state in each state; ``locals``: the
    packed local states, by that number.
    """

    n: int
    rest: Mapping[int, Column]
    locals: Sequence[int]
    members: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.members.shape[1])


#: Visits the states with so many replicas, at most about so many, until a time; returns them and
#: whether these are all (None: it cannot).
Visit = Callable[[int, int, float], "tuple[Block, bool] | None"]


@dataclass(slots=True)
class Samples:
    """``rows``: for each state the number of replicas, the packed rest, the counts by number of local state.

    ``blocks``: further states; their local states are numbered as in ``rows``. ``locals``: packed
    local states of the first replica, by number; the initial one is number 0. ``complete``: the
    numbers of replicas all of whose states are in.
    """

    locals: list[int] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    complete: list[int] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows) + sum(len(block) for block in self.blocks)


class Sampler:
    """Explores a system under counters. ``growth``: see ``count_replicas``."""

    def __init__(self, replicas: Replicas, growth: Mapping[int, int]) -> None:
        self.replicas = replicas
        self.growth = growth
        self.machine = Machine(replicas.system)
        layout = self.machine.layout
        first, second = replicas.own
        self.mask_first = layout.mask(first)
        self.mask_second = layout.mask(second)
        self.rest_mask = ((1 << layout.width) - 1) & ~(self.mask_first | self.mask_second)
        self._pairs = [(layout.fields[a], layout.fields[b]) for a, b in zip(first, second, strict=True)]
        self._second: dict[int, int] = {}
        self._first: dict[int, int] = {}
        own = frozenset(second)
        system = replicas.system
        self._broadcasts = frozenset(
            s.id for s in system.steps if s.process != replicas.second and any(v in own for v, _ in s.updates)
        )
        self._others = [p.index for p in system.processes if p.index not in (replicas.first, replicas.second)]
        self.start = self.machine.initial & self.mask_first
        self._moves: dict[tuple[int, int], list[tuple[int, int, int]]] = {}

    def initial(self, n: int) -> State:
        """The initial state with ``n`` replicas. Raises ``NotCountable`` if a value does not fit."""
        rest = self.machine.initial & self.rest_mask
        layout = self.machine.layout
        for id, slope in self.growth.items():
            f = layout.fields[id]
            value = int(layout.value(rest, id)) + (n - 2) * slope - f.base
            if not 0 <= value <= f.limit:
                raise NotCountable(Uncounted.GROWING_INITIAL_VALUE)
            rest = (rest & ~f.mask) | value << f.shift
        return rest, ((self.start, n),) if n else ()

    def to_second(self, local: int) -> int:
        """A local state, in the fields of the first replica, as one in those of the second."""
        found = self._second.get(local)
        if found is None:
            found = 0
            for a, b in self._pairs:
                found |= ((local >> a.shift) & a.limit) << b.shift
            self._second[local] = found
            self._first[found] = local
        return found

    def to_first(self, local: int) -> int:
        """The other way round."""
        found = self._first.get(local)
        if found is None:
            found = 0
            for a, b in self._pairs:
                found |= ((local >> b.shift) & b.limit) << a.shift
            self._first[local] = found
            self._second[found] = local
        return found

    def successors(self, state: State) -> Iterator[State]:
        """The successors of a state (faulting steps have none). Raises ``NotCountable`` if a value leaves its field."""
        try:
            yield from self._successors(state)
        except FieldOverflow:
            raise NotCountable(Uncounted.GROWING_VALUE) from None

    def _successors(self, state: State) -> Iterator[State]:
        rest, counts = state
        machine, replicas = self.machine, self.replicas
        steps_of = machine.place
        idle = self.to_second(self.start)
        for local, number in counts:
            here = rest | local | idle
            steps = steps_of(replicas.first, here).steps
            for index, delta, _, _ in machine.fire(replicas.first, here):
                if delta is None:
                    continue
                after = here + delta
                moved = dict(counts)
                if number == 1:
                    del moved[local]
                else:
                    moved[local] = number - 1
                if steps[index].id in self._broadcasts:
                    changed: dict[int, int] = {}
                    for other, many in moved.items():
                        there = rest | local | self.to_second(other)
                        jump = next(d for i, d, _, _ in machine.fire(replicas.first, there) if i == index)
                        assert jump is not None
                        new = self.to_first((there + jump) & self.mask_second)
                        changed[new] = changed.get(new, 0) + many
                    moved = changed
                mine = after & self.mask_first
                moved[mine] = moved.get(mine, 0) + 1
                yield after & self.rest_mask, tuple(sorted(moved.items()))
        for process in self._others:
            here = rest | self.start | idle
            steps = steps_of(process, here).steps
            for index, delta, _, _ in machine.fire(process, here):
                if delta is None:
                    continue
                moved = dict(counts)
                if steps[index].id in self._broadcasts:
                    changed = {}
                    for other, many in counts:
                        there = rest | self.start | self.to_second(other)
                        jump = next(d for i, d, _, _ in machine.fire(process, there) if i == index)
                        assert jump is not None
                        new = self.to_first((there + jump) & self.mask_second)
                        changed[new] = changed.get(new, 0) + many
                    moved = changed
                yield (here + delta) & self.rest_mask, tuple(sorted(moved.items()))

    def sample(
        self, numbers: Sequence[int], limits: Sequence[int], seconds: float, visit: Visit | None = None, most: int = 0
    ) -> Samples:
        """States with each of ``numbers`` replicas, all of them if there are not more than the limit for that number.

        ``visit``: a faster way, which is taken where there are many states; ``most``: its limit.
        """
        found = Samples()
        self._number(found, self.start)
        deadline = time.monotonic() + seconds
        novelty = Novelty(self.machine.layout, self.rest_mask)
        before = 0
        for n, limit in zip(numbers, limits, strict=True):
            visited = visit(n, most, deadline) if visit is not None and before >= MANY else None
            if visited is not None:
                block, complete = visited
                self._keep_block(found, block)
                before = len(block)
            else:
                states, complete = self.around(self.initial(n), limit, deadline, novelty)
                for state in states:
                    self.keep(found, n, state)
                before = len(states)
            if complete:
                found.complete.append(n)
        return found

    def around(
        self, start: State, limit: int, deadline: float, novelty: Novelty | None = None
    ) -> tuple[list[State], bool]:
        """States that are reachable from one, and whether these are all. Those that show something new lead on first.

        Raises ``NotCountable`` if a value leaves its field.
        """
        chance = random.Random(SEED)
        seen = {start: None}
        new, old = [start], list[State]()
        while new or old:
            if len(seen) > limit or time.monotonic() > deadline:
                return list(seen), False
            if new:
                state = new.pop()
            else:
                place = int(chance.random() * len(old))
                state, old[place] = old[place], old[-1]
                old.pop()
            for target in self.successors(state):
                if target not in seen:
                    seen[target] = None
                    (new if novelty is not None and novelty.shown_by(target) else old).append(target)
        return list(seen), True

    def _number(self, found: Samples, local: int) -> int:
        number = found.numbers.get(local)
        if number is None:
            number = found.numbers[local] = len(found.locals)
            found.locals.append(local)
        return number

    def keep(self, found: Samples, n: int, state: State) -> None:
        """Add a state to the samples."""
        rest, counts = state
        found.rows.append((n, rest, tuple((self._number(found, local), many) for local, many in counts)))

    def _keep_block(self, found: Samples, block: Block) -> None:
        """Add many states to the samples."""
        numbers = np.array([self._number(found, local) for local in block.locals], dtype=np.int64)
        found.blocks.append(Block(block.n, block.rest, found.locals, numbers[block.members]))

    def row(self, samples: Samples, number: int) -> Row:
        """One of the samples, by number."""
        if number < len(samples.rows):
            return samples.rows[number]
        number -= len(samples.rows)
        block = samples.blocks[0]
        for block in samples.blocks:
            if number < len(block):
                break
            number -= len(block)
        fields = self.machine.layout.fields
        rest = 0
        for id, column in block.rest.items():
            rest |= (int(column[number]) - fields[id].base) << fields[id].shift
        members: list[int] = block.members[:, number].tolist()
        return block.n, rest, tuple((local, members.count(local)) for local in sorted(set(members)))

    def local_values(self, local: int) -> dict[int, bool | int]:
        """The values of the first replica's variables in a packed local state."""
        return {id: self.machine.layout.value(local, id) for id in self.replicas.own[0]}


class Novelty:
    """Which pairs of facts (two local states, a local state and a value, two values) some state has shown so far."""

    def __init__(self, layout: Layout, rest_mask: int) -> None:
        self._fields = [f for f in layout.fields.values() if f.mask & rest_mask and f.mask & rest_mask == f.mask]
        self._numbers: dict[tuple[int, int], int] = {}
        self._rests: dict[int, tuple[int, ...]] = {}
        self._with: list[int] = []

    def shown_by(self, state: State) -> bool:
        """Whether a state shows a new pair; from now on it is not new any more."""
        rest, counts = state
        known = self._rests.get(rest)
        if known is None:
            known = self._rests[rest] = tuple(
                self._number(i, min((rest & f.mask) >> f.shift, MOST_TOLD_APART)) for i, f in enumerate(self._fields)
            )
        facts = [*known, *(self._number(-2 if many > 1 else -1, local) for local, many in counts)]
        mask = 0
        for fact in facts:
            mask |= 1 << fact
        new = False
        for fact in facts:
            if mask & ~self._with[fact]:
                self._with[fact] |= mask
                new = True
        return new

    def _number(self, about: int, value: int) -> int:
        found = self._numbers.get((about, value))
        if found is None:
            found = self._numbers[about, value] = len(self._with)
            self._with.append(0)
        return found
