"""Guards that wait: which steps have one, and what it reads while it is false (docs/semantics.md, section 6).

The code of such a step begins with its guard, and a marker stands where the guard is over. To try a
guard out, the code is executed on copies up to the marker. The guard of an ``atomic`` includes its
first statement, if that can wait for something other than a lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.semantics.interpreter.compiler.builder import Builder
from modelcheck.semantics.interpreter.compiler.code import Program
from modelcheck.semantics.interpreter.machine.machine import (
    Blocked,
    Fault,
    GuardRead,
    Machine,
    NeedChoice,
    Passed,
    World,
)
from modelcheck.semantics.interpreter.machine.states import ProcessState
from modelcheck.semantics.interpreter.machine.values import UNASSIGNED, Cell


def begins_waiting(builder: Builder, node: typed.Stmt) -> bool:
    """Whether a statement waits, and not for a lock, or begins with one that does: in an ``atomic``
    that is still part of the guard.
    """
    match node:
        case typed.Block(_, statements):
            first = next((inner for inner in statements if not isinstance(inner, typed.Empty)), None)
            return first is not None and begins_waiting(builder, first)
        case typed.Labelled(_, inner):
            return begins_waiting(builder, inner)
        case typed.When() | typed.Pick():
            return True
        case typed.Atomic(guard, body):
            return guard is not None or begins_waiting(builder, body)
        case typed.Assign(_, value) | typed.Evaluate(value) | typed.Return(value):
            if isinstance(value, typed.CallExpr):
                return begins_waiting(builder, builder.inlines[value.inline].body)
            return isinstance(value, typed.CondLoad)
        case (
            typed.CompoundAssign()
            | typed.If()
            | typed.Loop()
            | typed.For()
            | typed.Goto()
            | typed.Break()
            | typed.Continue()
            | typed.Choose()
            | typed.Emit()
            | typed.Assert()
            | typed.Free()
            | typed.Touch()
            | typed.Empty()
        ):
            return False
        case _:
            assert_never(node)


def begin_guard(builder: Builder, step: int) -> None:
    """What follows is the guard of the step at that position, if it is one (inside an ``atomic`` it is none)."""
    if not builder.pure:
        builder.guarding, builder.blocks = step, False


def end_guard(builder: Builder, span: Span) -> None:
    """The guard is over, if the code until now was one."""
    step, builder.guarding = builder.guarding, None
    if step is not None and builder.blocks:
        builder.waits.add(step)
        builder.emit(_passed, span)


def _passed(machine: Machine) -> None:
    if machine.reads is not None:
        raise Passed


@dataclass(frozen=True, slots=True)
class Tried:
    """A guard that was tried out in a state. ``true``: the choices with which it is true."""

    reads: tuple[GuardRead, ...]
    true: tuple[tuple[int, ...], ...]

    def is_true(self, guard: tuple[int, ...]) -> bool:
        """Whether the guard that these choices lead to is true."""
        return any(choices[: len(guard)] == guard for choices in self.true)


def try_guard(
    world: World, program: Program, shared: Sequence[Cell], part: ProcessState, instance: int, replica: int
) -> Tried:
    """Evaluate the guard at which a process stands, with all choices.

    While ``provided`` is false nothing is evaluated.
    """
    frame: list[Cell] = [UNASSIGNED] * program.frame_size
    for cell, value in zip(program.live_cells[part.pc], part.live, strict=True):
        frame[cell] = value
    reads: dict[GuardRead, None] = {}
    true: list[tuple[int, ...]] = []
    scripts: list[tuple[int, ...]] = [()]
    while scripts:
        script = scripts.pop()
        machine = Machine(world, list(shared), list(frame), instance, replica, list(part.stack), part.held)
        machine.pc, machine.script = part.pc, script
        try:
            if program.provided is not None and not machine.evaluate(program.provided):
                break
            machine.reads = []
            machine.run(program.code)
        except Passed:
            true.append(script)
        except NeedChoice as choice:
            scripts += [(*script, option) for option in reversed(choice.options)]
        except (Blocked, Fault):
            pass
        reads.update(dict.fromkeys(machine.reads or ()))
    return Tried(tuple(reads), tuple(true))
