"""Programs: all calls of a process expanded into a list of small instructions (section 1).

An instruction either is a step or is local; inside ``atomic`` all are local. Between two
instructions everything that the process knows is in its locals and its stack (the operands that
wait).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from modelcheck.language.syntax import ast
from tests.third.expressions import Expressions
from tests.third.machine import Machine
from tests.third.terms import NOBODY, Pure
from tests.third.values import Type, Value
from tests.third.world import World


@dataclass(eq=False)
class Target:
    """A position in the program."""

    pc: int = -1


Run = Callable[[Machine], Target | None]


@dataclass(eq=False)
class Instruction:
    """``run``: do it and say where to go (None: on). ``targets``: where it may go; ``reads``,
    ``kills``: the locals that it reads, that have no value any more or a new one. ``events``:
    (kind, name) of those that may occur in it. ``labels``: the labelled statements (numbers of
    ``Label``) that it stands in; ``leaves``: those that it leaves although it goes to their
    beginning."""

    run: Run
    step: bool
    targets: tuple[Target, ...]
    reads: frozenset[int]
    kills: frozenset[int]
    labels: frozenset[int]
    guarded: bool = False
    leaves: frozenset[int] = frozenset()
    events: frozenset[tuple[str, str]] = frozenset()


@dataclass(eq=False)
class Block:
    """A block whose locals are unassigned when it is entered."""

    numbers: list[int] = field(default_factory=list)
    structs: list[Callable[[Machine], None]] = field(default_factory=list)


@dataclass(eq=False)
class Resting:
    """Stands in the chain of what encloses a statement, for a ``loop quiescent`` or ``loop endless``."""


@dataclass(frozen=True)
class Label:
    """One use of a label.

    ``calls``: the calls that lead to it, each with the labels around it and the name of the inline.
    """

    number: int
    process: str
    routine: str
    calls: tuple[tuple[tuple[str, ...], str], ...]
    name: str
    target: Target
    in_atomic: bool


@dataclass(eq=False)
class Exit:
    """Where ``break``, ``continue`` or ``return`` go to. ``depth``: how much of the chain stays."""

    kind: str
    target: Target
    depth: int


@dataclass(eq=False)
class Frame:
    """What the text being compiled is: the body of a process, or of an inline or callback in one of its calls."""

    name: str
    expressions: Expressions
    calls: tuple[tuple[tuple[str, ...], str], ...]
    result: Type | None
    end: Target
    depth: int
    labels: dict[str, tuple[Target, tuple[Any, ...], int]] = field(default_factory=dict)
    jumps: list[tuple[str, Instruction, tuple[Any, ...]]] = field(default_factory=list)
    around: tuple[str, ...] = ()


class Code:
    """The code of one process class, or of init blocks (``process`` is None), and what can be said of it as a graph."""

    def __init__(self, world: World, process: ast.ProcessDecl | None) -> None:
        self.world = world
        self.process = process
        self.code: list[Instruction] = []
        self.locals = 0
        self.chain: tuple[Any, ...] = ()
        self.open: frozenset[int] = frozenset()
        self.exits: list[Exit] = []
        self.atomic = 0 if process is not None else 1
        self.first = False
        self.leads = False
        self.loops = 0
        self.end = Target()
        self.frame = Frame("", Expressions(world, ""), (), None, self.end, 0)

    def emit(
        self,
        run: Run,
        *,
        step: bool = False,
        targets: tuple[Target, ...] | None = None,
        reads: frozenset[int] = NOBODY,
        kills: frozenset[int] = NOBODY,
        guarded: bool = False,
    ) -> Instruction:
        if targets is None:
            targets = (Target(len(self.code) + 1),)
        made = Instruction(run, step and not self.atomic, targets, reads, kills, self.open, guarded)
        self.code.append(made)
        return made

    def put(self, target: Target) -> None:
        target.pc = len(self.code)

    def here(self) -> Target:
        return Target(len(self.code))

    def push(self, pure: Pure) -> None:
        run = pure.run

        def go(m: Machine) -> None:
            m.stack.append(run(m, {}))

        self.emit(go, reads=pure.reads)

    def push_constant(self, value: Value) -> None:
        self.emit(lambda m: m.stack.append(value))

    def jump(self, target: Target) -> None:
        self.emit(lambda m: target, targets=(target,))

    def leave(self, target: Target, depth: int) -> None:
        """Jump out of all but the first ``depth`` of the chain."""
        if any(isinstance(part, Resting) for part in self.chain[depth:]):
            self.rest(False)
        self.jump(target)

    def rest(self, flag: bool) -> None:
        def go(m: Machine) -> None:
            m.resting, m.round = flag, False

        self.emit(go)

    def go_round(self) -> None:
        def go(m: Machine) -> None:
            m.resting, m.round = False, True

        self.emit(go)

    def liveness(self) -> list[frozenset[int]]:
        """The locals that are live before each instruction."""
        live = [NOBODY] * (len(self.code) + 1)
        before: list[set[int]] = [set() for _ in self.code]
        for pc, instruction in enumerate(self.code):
            for target in instruction.targets:
                before[target.pc].add(pc)
        work = list(range(len(self.code)))
        while work:
            pc = work.pop()
            instruction = self.code[pc]
            after = NOBODY.union(*(live[t.pc] for t in instruction.targets))
            found = instruction.reads | (after - instruction.kills)
            if found != live[pc]:
                live[pc] = found
                work.extend(before[pc])
        return live

    def _next(self, pc: int) -> set[int]:
        return {target.pc for target in self.code[pc].targets}

    def reachable(self) -> frozenset[int]:
        """The instructions that control can get to, over all paths."""
        reached, work = {0}, [0]
        while work:
            fresh = self._next(work.pop()) - reached
            reached |= fresh
            work.extend(fresh)
        return frozenset(reached)

    def first_steps(self, target: Target) -> frozenset[int]:
        """First(L): the steps (and the end) that local code starting there can reach, over all paths."""
        reached, work = {target.pc}, [target.pc]
        while work:
            pc = work.pop()
            if not self.code[pc].step:
                fresh = self._next(pc) - reached
                reached |= fresh
                work.extend(fresh)
        return frozenset(pc for pc in reached if self.code[pc].step and pc != len(self.code) - 1)
