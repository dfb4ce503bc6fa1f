"""Which steps of a run a picture of it needs, so that nothing in it comes from nowhere and its order
is the one that matters.

A step needs the steps that wrote what it reads, and those that brought its process the values that
it uses (``Flow``). Where steps are left out, a reader takes it that a process takes them right
before its next step that is shown; that is the same run as long as no two steps change places of
which one writes what the other one reads or writes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable

from modelcheck.checking.causes import is_final, key_steps, last_ends, order_that_matters
from modelcheck.result.trace import Flow, ProcessEnd, Trace
from modelcheck.result.values import Place, made_stale

#: How many orders are told.
ORDERS = 6


class Dependence:
    """The steps of one trace and what they need."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.writers: dict[Place, list[int]] = {}
        self.changers: dict[Place, list[int]] = {}
        for step in trace.steps:
            changed = [change.place for change in step.changes if change.place.process is None]
            for change in step.changes:
                # A reference that turns stale is the reference that it was.
                if change.place.process is None and not made_stale(change.old, change.new):
                    self.changers.setdefault(change.place, []).append(step.number)
            for place in step.flow.writes or changed:
                self.writers.setdefault(place, []).append(step.number)
        self._last = {step.process: step.number for step in trace.steps}
        #: of each step which places it reads and writes, by number
        self._accesses: list[tuple[frozenset[int], frozenset[int]]] = []
        numbers: dict[Place, int] = {}
        for step in trace.steps:
            written = (*step.flow.writes, *(change.place for change in step.changes if change.place.process is None))
            reads, writes = (
                frozenset(numbers.setdefault(place, len(numbers)) for place in places)
                for places in (step.flow.reads, written)
            )
            self._accesses.append((reads, writes))

    def needs(self, flow: Flow, number: int, shown: Collection[int] = ()) -> set[int]:
        """The steps before step ``number`` that something with this flow needs.

        That nobody holds a lock needs no step, unless one is ``shown`` that took it: then that which released it.
        """
        found = set(flow.sources)
        for place in flow.reads:
            if place not in flow.free:
                found.update(self.stores(place, number))
                continue
            last = next((n for n in reversed(self._before(self.changers, place, number)) if n in shown), None)
            if last is not None and place in self._trace.steps[last - 1].flow.free:
                found.update(self.stores(place, number))
        return found

    def _before(self, steps: dict[Place, list[int]], place: Place, number: int) -> list[int]:
        found = steps.get(place, [])
        return found[: bisect_left(found, number)]

    def stores(self, place: Place, number: int) -> set[int]:
        """The last step before step ``number`` that changed a place, and the last one that wrote it."""
        return {before[-1] for steps in (self.changers, self.writers) if (before := self._before(steps, place, number))}

    def essential(self) -> frozenset[int]:
        """The steps that no picture leaves out.

        The last one, and the last one of each process; those that an order which is told is about;
        the stores that the violated condition reads, or a guard at which a process is blocked; and
        what ``causes`` says brought the violation about.
        """
        trace, after = self._trace, len(self._trace.steps) + 1
        found = {*key_steps(trace), *self._last.values()}
        found.update(number for pair in told_orders(trace) for number in pair)
        for place in trace.condition:
            found.update(self.stores(place, after))
        for end in standing_ends(trace):
            found.update(self.needs(end.flow, after))
            if end.missed is not None and is_final(trace):
                found.update(number for number in end.missed if number)
        if trace.steps:
            found |= self.needs(trace.steps[-1].flow, after - 1)
        return frozenset(found)

    def unknown(self, shown: Collection[int]) -> set[int]:
        """Steps that are not shown and that wrote or brought a value which a shown step reads."""
        steps = self._trace.steps
        found: set[int] = set()
        for number in shown:
            found |= self.needs(steps[number - 1].flow, number, shown)
        return found.difference(shown)

    def displaced(self, shown: Collection[int]) -> set[int]:
        """Steps that are not shown, and would come after another one that must come after them if
        each were taken right before the next shown step of its process.
        """
        found: set[int] = set()
        waiting: dict[str, _Waiting] = {process: _Waiting() for process in self._last}
        for step in self._trace.steps:
            mine = waiting[step.process]
            mine.add(step.number, *self._accesses[step.number - 1])
            if step.number not in shown:
                continue
            for number in mine.numbers:
                reads, writes = self._accesses[number - 1]
                for process, others in waiting.items():
                    if process != step.process:
                        found.update(others.before(number, reads, writes))
            waiting[step.process] = _Waiting()
        return found

    def closed(self, shown: Iterable[int]) -> frozenset[int]:
        """The shown steps, and all that they need."""
        found = set(shown)
        while missing := self.unknown(found) or self.displaced(found):
            found |= missing
        return frozenset(found)


class _Waiting:
    """Steps of one process that are not taken yet in the order of the picture, by the places that
    they read and write.
    """

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._readers: dict[int, list[int]] = {}
        self._writers: dict[int, list[int]] = {}

    def add(self, number: int, reads: frozenset[int], writes: frozenset[int]) -> None:
        self.numbers.append(number)
        for places, steps in ((reads, self._readers), (writes, self._writers)):
            for place in places:
                steps.setdefault(place, []).append(number)

    def before(self, number: int, reads: frozenset[int], writes: frozenset[int]) -> Iterable[int]:
        """Those of them that come before a step of another process in the run, and must."""
        if not self.numbers:
            return
        for steps, places in ((self._writers, reads), (self._writers, writes), (self._readers, writes)):
            for place in places:
                known = steps.get(place)
                if known:
                    yield from known[: bisect_left(known, number)]


def told_orders(trace: Trace) -> tuple[tuple[int, int], ...]:
    """The essential orders that are told: of many the last ones."""
    return order_that_matters(trace)[-ORDERS:]


def standing_ends(trace: Trace) -> tuple[ProcessEnd, ...]:
    """Of the processes that are not done those of which it is told where they stand: the blocked
    ones that moved, and all of them if nobody can move on.
    """
    moving = {step.process for step in trace.steps}
    if nobody_moves(trace):
        ends = last_ends(trace)
        return tuple(end for end in ends if end.status != "done")
    return tuple(end for end in trace.ends if end.status == "blocked" and end.process in moving)


def nobody_moves(trace: Trace) -> bool:
    """Whether it is the violation that processes cannot go on."""
    key = trace.finding.key
    return key is not None and key.kind in ("deadlock", "stuck")
