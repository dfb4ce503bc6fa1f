"""What is compared with the interpreter where a model has too many states to compare all of them.

* *Deep walks* go on from the deepest states that were met, as the explorer has numbered its levels,
  down to the last level.
* *Searching walks* go where most situations of processes are new (see ``situations``).
* *Random walks* go anywhere.
* *Steps that the walks did not meet*, though the explorer says that they were taken, guards that
  were only true, or only false, and raises: a state with one of them is looked for among those
  visited, and a run leads the interpreter there, as long as that takes little of the time that the
  exploration took.
* *Samples* of the visited states, of all depths, are expanded by the plain machine, without the
  interpreter, since no run to them is known.

Of all states that are met, and of all their successors, the explorer is asked whether it has
visited them; a successor lies at most one level deeper. An exploration that is not complete answers
for the levels that it has expanded as a whole and their successors, so walks do not go beyond
these.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable, Sequence, Set
from heapq import heappop, heappush
from typing import Generic, TypeVar

from modelcheck.checking.crosscheck.claims import compare_verdicts, operation, operations
from modelcheck.checking.crosscheck.failure import CrossCheckFailure
from modelcheck.checking.crosscheck.futures import can_end
from modelcheck.checking.crosscheck.pairs import Check
from modelcheck.checking.crosscheck.situations import Goal, Situations
from modelcheck.ir.system import Form, Step
from modelcheck.result.comparisons import LookedUp, Walked
from modelcheck.result.exploration import Exploration, Visited
from modelcheck.result.reasons.differences import Difference, Overseen, SuccessorLost, Unpaired
from modelcheck.result.trace import Schedule

S = TypeVar("S", bound=Hashable)

#: The part of the sample that deep walks get, that after which searching ones end, and how many
#: states are compared before the explorer is asked again.
DEEP, SEARCHING, TOGETHER = 0.5, 0.8, 8
#: To get to the last level once, the sample may become so many times larger, if that is not more
#: than so many states for each level; to see guards and raises to which no run is followed, as long
#: as so many states in a row do not show one more.
LONGEST, DETOURS, FRUITLESS = 2, 16, 256
#: Runs of the explorer that are followed down, and among how many states they are looked for at
#: most (each takes as long as visiting them a second time).
RUNS, FINDABLE = 2, 50_000
#: Visited states that are expanded without the interpreter, and those from which the interpreter
#: looks ahead for an end, over so many states each.
EXPANDED, AHEAD, FAR = 400, 32, 500
#: States before a step that are looked at, and what runs to them may take: so many steps together,
#: or a part of the exploration's time.
BEFORE, LEAST_STEPS, PART = 256, 500, 0.05
#: So many states are expanded while the interpreter takes a step.
EXPANDED_AT_ONCE = 50


def walk(check: Check[S], random_: random.Random, seed: int, sample: int) -> Walked:
    """Compare about ``sample`` states, and everything that was met with what is claimed; return
    what was done. Raises ``CrossCheckFailure``.
    """
    walks = _Walks(check, random_, sample)
    if walks.lookup is not None:
        walks.deep(walks.lookup)
    walks.search(int(sample * SEARCHING))
    walks.wander()
    if walks.lookup is not None:
        walks.rare_steps(walks.lookup)
        walks.samples(walks.lookup)
    walks.ahead()
    if walks.lookup is not None or check.found.complete:
        compare_verdicts(check.system, check.found, check.met)
    return walks.done(seed)


class _Walks(Generic[S]):
    """``compared``: for each pair that was compared its successors; ``depth``: where the explorer
    found the state of a pair.
    """

    def __init__(self, check: Check[S], random_: random.Random, sample: int) -> None:
        self._check = check
        self._random = random_
        self._sample = sample
        self._found = check.found
        self.lookup: Visited | None = check.found.lookup
        self.compared: dict[int, list[int]] = {}
        self.depth: dict[int, int] = {}
        self._heap: list[tuple[int, float, int]] = []  # what may be searched next, what shows most that is new first
        self._offered: set[int] = set()
        self._offered_from: set[int] = set()
        self._looked = 0
        self._ahead = self._open = self._left_out = 0
        self._situations = Situations(check.system, check.machine, check.found.fired, random_)
        self._samples: list[tuple[int, int]] = []  # visited states, with the depths at which they are found
        self._ask([0])
        if self.lookup is not None:
            layout = check.machine.layout
            states = list(dict.fromkeys(self.lookup.sample(EXPANDED, layout, random_)))
            self._samples = list(zip(states, self.lookup.depths(states, layout), strict=True))

    # asking the explorer

    def _ask(self, numbers: Sequence[int]) -> None:
        """Ask for the depths of pairs; the first one is the initial state."""
        if self.lookup is None:
            return
        wanted = [number for number in dict.fromkeys(numbers) if number not in self.depth]
        depths = self._check.asked([self._check.pairs[number][0] for number in wanted])
        self._looked += len(wanted)
        self.depth.update(zip(wanted, depths, strict=True))
        if self.depth[0] != 0:
            self._check.differ_in_depth(0, self.depth[0])

    def _expanded(self, number: int) -> bool:
        """Whether the explorer says that it has expanded the state of a pair, with all of its level
        (of a complete exploration: each one).
        """
        if self.lookup is None or self._found.complete:
            return True
        return 0 <= self.depth[number] <= self._found.depth

    def _compare(self, numbers: Sequence[int]) -> None:
        """Compare pairs whose states were expanded, and ask for all of their successors."""
        for number in numbers:
            self._execute(number)
        self._look_up(numbers)

    def _execute(self, number: int) -> None:
        """Compare a pair, if it has not been compared."""
        if number not in self.compared:
            self.compared[number] = self._check.compare(number)
            self._situations.add(self._check.pairs[number][0])

    def _look_up(self, numbers: Sequence[int]) -> None:
        """Ask for all successors of pairs that were compared: they lie at most one level deeper.

        Raises ``CrossCheckFailure``.
        """
        self._ask([target for number in numbers for target in self.compared[number]])
        if self.lookup is not None:
            for number in numbers:
                for target in self.compared[number]:
                    if not 0 <= self.depth[target] <= self.depth[number] + 1:
                        self._check.differ_in_depth(target, self.depth[target])

    # walks

    def deep(self, lookup: Visited) -> None:
        """Follow runs of the explorer down to the last level, and climb down, the deepest states that
        were met first, several at a time; where the last level is reached, begin anew from
        anywhere."""
        if not self._expanded(0):
            return
        share, last = int(self._sample * DEEP), self._found.depth
        start, most = 0, share
        if (self._found.visited or self._found.states) <= FINDABLE and last <= share // RUNS:
            for state in self._ends(last):
                start = self._descend(lookup.schedule(state, self._check.machine))
        else:
            most = max(share, min(LONGEST * self._sample, DETOURS * last))
        while len(self.compared) < most:
            before = len(self.compared)
            self._climb(start, last, most)
            most = share
            if len(self.compared) == before:
                break
            start = self._random.choice(list(self.compared))

    def _ends(self, last: int) -> list[int]:
        """Visited states to which runs go: of the last level, and from anywhere in the lower half."""
        deepest = [state for state, depth in self._samples if depth == last]
        others = [state for state, depth in self._samples if last // 2 <= depth < last]
        return [*deepest[:1], *self._random.sample(others, min(RUNS - 1, len(others)))]

    def _descend(self, schedule: Schedule) -> int:
        """Compare all states of a run that were expanded, and ask for all of their successors; return the last."""
        numbers = [0]
        for move in schedule:
            self._execute(numbers[-1])
            numbers.append(self._check.successor(numbers[-1], move))
        self._ask(numbers)
        self._compare([number for number in numbers if self._expanded(number)])
        return numbers[-1]

    def _climb(self, start: int, last: int, most: int) -> None:
        """Compare the deepest of the states that were met since ``start``, until one of the last
        level is among them.
        """
        self._compare([start])
        heap: list[tuple[int, float, int]] = []
        met = {start}
        chosen = [start]
        while True:
            for number in chosen:
                for target in self.compared[number]:
                    if target not in met and target not in self.compared and self._expanded(target):
                        met.add(target)
                        heappush(heap, (-self.depth[target], self._random.random(), target))
            if not heap or len(self.compared) >= most or any(self.depth[number] == last for number in chosen):
                return
            chosen = [heappop(heap)[2] for _ in range(min(TOGETHER, len(heap)))]
            self._compare(chosen)

    def search(self, most: int, goals: Set[Goal] | None = None) -> None:
        """Compare the states that show most that is new first, several at a time, until none of those
        that were met shows anything.

        ``goals``: it is these that are looked for, as long as one is seen now and then.
        """
        if not self._expanded(0):
            return
        self._compare([0])
        chosen = [number for number in self.compared if number not in self._offered_from]
        heap, fruitless = self._heap, 0
        wanted = None if goals is None else len(goals & self._situations.open)
        while len(self.compared) < most and wanted != 0 and fruitless < FRUITLESS:
            for number in chosen:
                self._offered_from.add(number)
                for target in self.compared[number]:
                    if target not in self._offered and target not in self.compared and self._expanded(target):
                        self._offered.add(target)
                        self._offer(heap, target)
            chosen = []
            while heap and len(chosen) < TOGETHER:
                news, _, number = heappop(heap)
                # Others may have shown it meanwhile.
                if self._situations.news(self._check.pairs[number][0]) == -news:
                    chosen.append(number)
                else:
                    self._offer(heap, number)
            if not chosen:
                return
            self._compare(chosen)
            if goals is not None:
                left = len(goals & self._situations.open)
                wanted, fruitless = left, 0 if left != wanted else fruitless + len(chosen)

    def _offer(self, heap: list[tuple[int, float, int]], number: int) -> None:
        news = self._situations.news(self._check.pairs[number][0])
        if news:
            heappush(heap, (-news, self._random.random(), number))

    def wander(self) -> None:
        """Go anywhere until the sample is complete, or until walks find nothing new any more."""
        number = 0
        later: list[int] = []  # where nothing hangs on the answers, all are asked for at once
        for _ in range(20 * self._sample):
            if not self._expanded(number):
                number = 0
                if not self._expanded(number):
                    return
            if number not in self.compared and self._found.complete:
                self._execute(number)
                later.append(number)
            elif number not in self.compared:
                self._compare([number])
            if len(self.compared) >= self._sample:
                break
            targets = self.compared[number]
            fresh = [t for t in targets if t not in self.compared]
            number = self._random.choice(fresh or targets) if targets and self._random.random() > 0.01 else 0
        self._ask(later)
        self._look_up(later)

    # steps and states that no walk meets

    def rare_steps(self, lookup: Visited) -> None:
        """Lead the interpreter to steps that were taken and that no walk has met, and to what
        guards and raises have not shown yet.
        """
        machine = self._check.machine
        effort = _Effort(self._found, lookup)
        for step in self._missing():
            if effort.is_spent():
                break
            state = self._before(step, lookup)
            if state is not None:
                self._follow(lookup.schedule(state, machine), effort)
        left: set[Goal] = set()
        for step, goals in self._situations.missing():
            if effort.is_spent():
                left |= goals
                continue
            states = lookup.standing_at(step, BEFORE, machine.layout)
            for state, shown in self._situations.showing(step, goals, states):
                self._follow(lookup.schedule(state, machine), effort)
                goals -= shown
                if not goals:
                    break
        if left:
            self.search(LONGEST * self._sample, left)
            self._left_out = len(left & self._situations.open)

    def _missing(self) -> list[Step]:
        """One step for each operation that the explorer has seen executed and no walk has met."""
        system = self._check.system
        missing = operations(system, self._found.fired) - operations(system, self._check.met.steps)
        steps: dict[Hashable, Step] = {}
        for step in system.steps if missing else ():
            if step.id in self._found.fired:
                key = operation(system, step)
                if key in missing:
                    steps.setdefault(key, step)
        return list(steps.values())

    def _before(self, step: Step, lookup: Visited) -> int | None:
        machine = self._check.machine
        for state in lookup.standing_at(step, BEFORE, machine.layout):
            if any(option.step is step for option in machine.options(state)):
                return state
        return None

    def _follow(self, schedule: Schedule, effort: _Effort) -> None:
        """Compare the last states of a run (of the others it is enough that the interpreter can take their steps)."""
        before = len(self._check.pairs)
        number = 0
        for position, move in enumerate(schedule):
            number = self._check.successor(number, move)
            if position >= len(schedule) - 2:
                self._ask([number])
        effort.add(len(self._check.pairs) - before)
        if self._expanded(number):
            self._compare([number])

    def samples(self, lookup: Visited) -> None:
        """Expand states of all depths in the plain machine, and ask for their successors."""
        machine = self._check.machine
        edges: list[tuple[int, int]] = []
        for state, depth in self._samples:
            if depth < 0:
                _lost(Unpaired.NOT_FOUND_AGAIN, machine.values(state))
            if depth <= self._found.depth:
                self._check.judge(state, depth)
                targets = [state + option.delta for option in machine.options(state) if option.delta is not None]
                edges += [(target, depth) for target in targets]
        found = lookup.depths([target for target, _ in edges], machine.layout)
        self._looked += len(self._samples) + len(edges)
        for (target, depth), below in zip(edges, found, strict=True):
            if not 0 <= below <= depth + 1:
                _lost(SuccessorLost(depth, below if below >= 0 else None), machine.values(target))

    # what lies ahead

    def ahead(self) -> None:
        """Where nothing is said to be stuck, an end is looked for from some of the states that were compared."""
        system = self._check.system
        stuck = [p.id for p in system.properties if Form.STUCK in p.forms and p.not_applicable is None]
        holds = all(self._found.answers[property].schedule is None for property in stuck)
        if not stuck or not holds or not self._found.complete:
            return
        interpreter = self._check.interpreter
        numbers = list(self.compared)
        for number in self._random.sample(numbers, min(AHEAD, len(numbers))):
            other = self._check.pairs[number][1]
            drained: Callable[[S], bool] = interpreter.drained
            ends = can_end(other, drained, interpreter.transitions, FAR)
            if ends is False:
                self._check.fail(Overseen.STUCK, number)
            self._ahead += ends is True
            self._open += ends is None

    def done(self, seed: int) -> Walked:
        """What was done."""
        found, check = self._found, self._check
        looked_up = None
        if self.lookup is not None:
            deepest = max((self.depth[number] for number in self.compared), default=0)
            looked_up = LookedUp(self._looked, deepest, max(found.depth, 0))
        fired = operations(check.system, found.fired)
        met = operations(check.system, check.met.steps)
        return Walked(
            len(self.compared),
            found.states,
            (len(met & fired), len(fired)),
            looked_up,
            self._left_out,
            (self._ahead, self._ahead + self._open),
            seed,
        )


class _Effort:
    """What was spent on steps that no walk has met.

    The time that it took is looked at only when that were more than a few steps, so that what is
    done in a small model does not depend on the machine.
    """

    def __init__(self, found: Exploration, lookup: Visited) -> None:
        self._steps = 0
        self._lookup = lookup
        self._before = lookup.work
        self._until = time.perf_counter() + PART * found.seconds

    def add(self, steps: int) -> None:
        """A run of so many steps is followed."""
        self._steps += steps

    def is_spent(self) -> bool:
        steps = self._steps + (self._lookup.work - self._before) // EXPANDED_AT_ONCE
        return steps > LEAST_STEPS and time.perf_counter() > self._until


def _lost(what: Difference, values: object) -> None:
    raise CrossCheckFailure(what, (), f"    {values}", "    (the interpreter was not asked)")
