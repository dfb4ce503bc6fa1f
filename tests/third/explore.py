"""All states of a scenario, breadth first, and what is violated or witnessed at which length (sections 6 to 8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from modelcheck.language.syntax import ast
from tests.third import values
from tests.third.machine import Key, Machine, State
from tests.third.monitors import Count
from tests.third.steps import Scenario, Step, cells_of
from tests.third.values import Type
from tests.third.world import parts_of


class TooBig(Exception):
    """More states than were allowed."""


@dataclass
class Found:
    lengths: dict[str, int] = field(default_factory=dict)
    states: int = 0
    transitions: int = 0
    drained: int = 0
    faults: int = 0
    warned: bool = False
    doubtful: frozenset[str] = frozenset()


class Explorer(Scenario):
    """All states, and the judgement of each."""

    def explore(self, limit: int) -> Found:
        """Visit every state. Raises ``TooBig`` if there are more than ``limit``."""
        self.found = found = Found(doubtful=self.doubtful)
        first, seen = self.start()
        self._note(seen, 0)
        if first is None:
            found.faults = 1
            return found
        depths = {first: 0}
        order, before, ends = [first], dict[State, list[State]](), set[State]()
        for i in range(len(first.processes)):
            for _, (_, reads) in self.guards(first, i).items() if first.processes[i].resting else ():
                self._note([(r.kind, r.subject) for r in reads], 0)
        for state in order:
            depth = depths[state]
            enabled = [False] * len(state.processes)
            for process in range(len(state.processes)):
                for step in self.steps(state, process):
                    enabled[process] = True
                    found.transitions += 1
                    self._judge_step(state, step, depth + 1)
                    if step.after is None:
                        found.faults += 1
                        ends.add(state)
                        continue
                    before.setdefault(step.after, []).append(state)
                    if step.after not in depths:
                        if len(depths) >= limit:
                            raise TooBig
                        depths[step.after] = depth + 1
                        order.append(step.after)
            if self._judge_state(state, enabled, depth):
                ends.add(state)
                found.drained += 1
        self._judge_stuck(depths, before, ends)
        found.states = len(depths)
        return found

    def _note(self, seen: list[tuple[str, str]], length: int) -> None:
        for kind, subject in seen:
            for name in [subject] if not kind else self._claimants(kind, subject):
                if name not in self.idle and length < self.found.lengths.get(name, length + 1):
                    self.found.lengths[name] = length

    def _claimants(self, kind: str, subject: str) -> list[str]:
        """The obligations that something that goes wrong violates."""
        names = [
            name
            for name, k, subjects in self.claims
            if k == kind and (not subjects or subject in map(".".join, subjects))
        ]
        return names or [kind]

    def _view(self, state: State, after: tuple[int, frozenset[int]] = (-1, frozenset())) -> Machine:
        """A machine in which properties are evaluated."""
        m = self.machine(state)
        m.quiet = m.anybody = True
        m.after = after
        return m

    def _judge_step(self, state: State, step: Step, length: int) -> None:
        self._note(step.seen, length)
        if step.after is None:
            return
        after = (step.process, step.left)
        later: Machine | None = None
        for node, pure, of_step in self.plain:
            is_step = node.kind is ast.PropertyKind.STEP
            if node.name in self.found.lengths or not (is_step or of_step):
                continue
            if later is None:
                later, earlier = self._view(step.after, after), self._view(state, after)
                earlier.other = later
            primed = is_step or any(isinstance(p, ast.Prime) for p in parts_of(node.expression))
            true = bool(pure.run(earlier if primed else later, {}))
            if true == (node.kind is ast.PropertyKind.COVER):
                self._note([("", node.name)], length)
        self._judge_resting(state, step, length)

    def _judge_resting(self, state: State, step: Step, length: int) -> None:
        """What the guards of resting processes read that they did not read before."""
        assert step.after is not None
        for i, now in enumerate(step.after.processes):
            if not now.resting:
                continue
            guards = self.guards(step.after, i)
            if not any(reads for _, reads in guards.values()):
                continue
            then = state.processes[i]
            stood = then.resting and then.pc == now.pc
            old = self.guards(state, i) if stood else {}
            for name, (_, reads) in guards.items():
                for read in reads - old.get(name, (False, set()))[1]:
                    moments = [shared for slot, shared in step.frees if slot == (read.subject, read.slot)]
                    if read.kind == "use_after_free" and moments:
                        true = [self.guards(shared, i, now).get(name, (False, set()))[0] for shared in moments]
                        if not any(true):
                            self.found.warned = True
                            continue
                    self._note([(read.kind, read.subject)], length)

    def _judge_state(self, state: State, enabled: list[bool], depth: int) -> bool:
        """Judge a state; say whether it is drained."""
        m = self._view(state)
        finished = [
            p.pc < 0
            or (p.resting and not (self.world.instances[i].process.server and enabled[i]))
            or (p.round and enabled[i])
            for i, p in enumerate(state.processes)
        ]
        drained = all(finished)
        for node, pure, of_step in self.plain:
            if of_step or node.kind is ast.PropertyKind.STEP or node.name in self.found.lengths:
                continue
            if node.kind is ast.PropertyKind.FINAL and not drained:
                continue
            if bool(pure.run(m, {})) == (node.kind is ast.PropertyKind.COVER):
                self._note([("", node.name)], depth)
        self._judge_held(state, m, drained, depth)
        for i, p in enumerate(state.processes):
            if p.pc >= 0 and not p.resting and not enabled[i]:
                for _, reads in self.guards(state, i).values():
                    self._note([(r.kind, r.subject) for r in reads], depth)
        if not drained and not any(enabled):
            self._note([("deadlock", "")], depth)
        if drained:
            for monitor in self.monitors:
                if isinstance(monitor, Count) and monitor.node.within_drained and monitor.open(m.monitors):
                    self._note([("", monitor.name)], depth)
            self._judge_leak(state, m, depth)
        return drained

    def _judge_held(self, state: State, m: Machine, drained: bool, depth: int) -> None:
        for i, p in enumerate(state.processes):
            name = self.world.instances[i].process.name
            ended = p.pc < 0 or self.contexts.ended(m, name)
            if (drained or ended) and self.contexts.left_off(m, name):
                self._note([("unbalanced", name)], depth)
            for lock, _ in p.held:
                kind = self._lock_kind(lock)
                if drained or (ended and kind != "bitlock"):
                    subject = lock[1] if lock[0] == "S" else f"{lock[1]}.{lock[3]}"
                    self._note([("lock_held_at_end", subject)], depth)

    def _lock_kind(self, lock: Key) -> str:
        for key, type_ in self._all_cells():
            if key == lock:
                return type_.name
        raise KeyError(lock)

    def _all_cells(self) -> Iterator[tuple[Key, Type]]:
        for shared in self.world.shared.values():
            yield from cells_of(self.world, self.world.type(shared.type), ("S", shared.name))
        for fields in self.objects.fields.values():
            yield from fields

    def _judge_leak(self, state: State, m: Machine, depth: int) -> None:
        reached: set[tuple[str, int]] = set()
        work = [a for key in self.keys if key[0] == "S" for a in values.addresses(m.memory[key])]
        # What waits as an operand is reached as well.
        work += [
            a
            for p in state.processes
            for value in (*dict(p.locals).values(), *p.stack)
            for a in values.addresses(value)
        ]
        while work:
            address = work.pop()
            slot = (address.object, address.slot)
            if address.live and slot in state.allocated and slot not in reached:
                reached.add(slot)
                for key, _ in self.objects.fields[slot]:
                    work += values.addresses(m.memory[key])
        for object_, _ in state.allocated - reached:
            self._note([("leak", object_)], depth)

    def _judge_stuck(self, depths: dict[State, int], before: dict[State, list[State]], ends: set[State]) -> None:
        good, work = set(ends), list(ends)
        while work:
            for state in before.get(work.pop(), ()):
                if state not in good:
                    good.add(state)
                    work.append(state)
        for state, depth in depths.items():
            if state not in good:
                self._note([("stuck", "")], depth)


def read(spec: ast.Spec, scenario: str | None, limit: int = 20_000) -> Found:
    """Explore a scenario. Raises ``Unsupported`` and ``TooBig``."""
    return Explorer(spec, scenario).explore(limit)
