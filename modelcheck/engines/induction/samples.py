"""States of small instances under counters: what candidate lemmas are guessed from.

A state is what the processes other than the replicas and the shared variables are, and how many replicas are in each local state. The successors
are computed by the compiled steps of the system with two replicas: one of them stands for the replica that
moves, the other in turn for each kind of those that look on. A sample only ever suggests; nothing is believed because of it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from modelcheck.engines.explicit.layout import FieldOverflow
from modelcheck.engines.explicit.machine import Machine
from modelcheck.ir.passes.counters import NotCountable, Replicas

#: (packed rest, ((local state, how many), ...) in order)
State = tuple[int, tuple[tuple[int, int], ...]]

SEED = 20101201


@dataclass(slots=True)
class Samples:
    """``rows``: for each state the number of replicas, the packed rest, the counts by number of local state.

    ``locals``: packed local states of the first replica, by number; the initial one is number 0. ``complete``: the numbers of replicas all of whose states are in.
    """

    locals: list[int] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    rows: list[tuple[int, int, tuple[tuple[int, int], ...]]] = field(default_factory=list)
    complete: list[int] = field(default_factory=list)


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
                raise NotCountable("an initial value grows out of its bounds")
            rest = (rest & ~f.mask) | value << f.shift
        return rest, ((self.start, n),) if n else ()

    def to_second(self, local: int) -> int:
        found = self._second.get(local)
        if found is None:
            found = 0
            for a, b in self._pairs:
                found |= ((local >> a.shift) & a.limit) << b.shift
            self._second[local] = found
            self._first[found] = local
        return found

    def to_first(self, local: int) -> int:
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
            raise NotCountable("a value without bound grows") from None

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

    def sample(self, numbers: Sequence[int], limit: int, walks: Sequence[int], seconds: float) -> Samples:
        """All states with each of ``numbers`` replicas as long as there are at most ``limit``, and states on random walks with larger numbers."""
        found = Samples()
        self._number(found, self.start)
        deadline = time.monotonic() + seconds
        for n in numbers:
            if self._explore(n, found, limit - len(found.rows), deadline):
                found.complete.append(n)
        chance = random.Random(SEED)
        for n in walks:
            for _ in range(6):
                state = self.initial(n)
                for _ in range(60 * n):
                    following = list(self.successors(state))
                    if not following or time.monotonic() > deadline:
                        break
                    state = chance.choice(following)
                    self._keep(found, n, state)
        return found

    def _explore(self, n: int, found: Samples, limit: int, deadline: float) -> bool:
        start = self.initial(n)
        seen = {start}
        level = [start]
        while level:
            following: list[State] = []
            for state in level:
                self._keep(found, n, state)
                for target in self.successors(state):
                    if target not in seen:
                        seen.add(target)
                        following.append(target)
            if len(seen) > limit or time.monotonic() > deadline:
                return False
            level = following
        return True

    def _number(self, found: Samples, local: int) -> int:
        number = found.numbers.get(local)
        if number is None:
            number = found.numbers[local] = len(found.locals)
            found.locals.append(local)
        return number

    def _keep(self, found: Samples, n: int, state: State) -> None:
        rest, counts = state
        found.rows.append((n, rest, tuple((self._number(found, local), many) for local, many in counts)))

    def local_values(self, local: int) -> dict[int, bool | int]:
        """The values of the first replica's variables in a packed local state."""
        return {id: self.machine.layout.value(local, id) for id in self.replicas.own[0]}
