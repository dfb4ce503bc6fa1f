"""Programs: the body of a process as a flat list of instructions for a stack machine, with all calls expanded.

An instruction that is a *step* starts a step; all others are local computation (or the inside of a pure
context) and run on inside the step before them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.result.operations import Operation
from modelcheck.result.trace import Call
from modelcheck.semantics.interpreter.machine.machine import Machine
from modelcheck.semantics.interpreter.trace_data import Done

#: Makes a trace's operation of what happened at an instruction; the text and the kind are known beforehand.
Described: TypeAlias = Callable[[Done], Operation]


@dataclass(slots=True, eq=False)
class Label:
    """A position that is known once the code before it has been written."""

    position: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Where an instruction comes from: ``labels`` are those around it in its own body, innermost last."""

    span: Span
    labels: tuple[str, ...]
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """``execute`` acts on the machine; a jump sets ``pc``. The rest is what liveness and traces need.

    ``reads``/``kills``: numbers of the variables that it reads, and assigns as a whole (reading
    comes first). ``targets``: where it may jump; ``falls``: whether it may go on with the next one.
    ``shared``: it looks at or changes shared state. ``operation``: of a step, what it does, for
    traces; ``text``: of one that can wait, the user's words for what it waits at.
    """

    execute: Callable[[Machine], None]
    site: Site
    step: bool = False
    stops: bool = False
    reads: tuple[int, ...] = ()
    kills: tuple[int, ...] = ()
    targets: tuple[Label, ...] = ()
    falls: bool = True
    shared: bool = False
    operation: Described | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A local of one expansion, in the frame cells from ``base``. ``name`` is "" for the hidden parts
    of a ``&`` argument.

    ``owner``: the process, inline or property that declares it; ``inlined``: it is an inline.
    """

    number: int
    name: str
    type: typed.Type
    base: int
    size: int
    subject: str
    owner: str
    inlined: bool


@dataclass(frozen=True, slots=True)
class LabelOccurrence:
    """A labelled statement in the expanded code: ``first``..``end`` (exclusive) are its instructions,
    calls in it included.

    ``path``: call labels and inline names from the outside to ``inline`` (None: the process's own
    body). ``inside_atomic``: nobody is ever there.
    """

    label: str
    inline: str | None
    path: tuple[str, ...]
    first: Label
    end: Label
    inside_atomic: bool


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The code of one process class. The last instruction is where a process is done.

    ``provided``: pure code of the guard on every step. ``waits``: the steps that wait at a guard
    (``waiting.py``); ``rests``: it can rest. ``no_sleep``: pure code that says when it must not
    sleep; ``off``: whether it has something switched off. ``begins``: of a handler or item, where it
    stands while it does not run. ``live``: for each position the numbers of the live variables;
    ``live_cells`` their cells.
    """

    name: str
    code: tuple[Instruction, ...]
    variables: tuple[Variable, ...]
    frame_size: int
    occurrences: tuple[LabelOccurrence, ...]
    provided: tuple[Instruction, ...] | None
    server: bool
    live: tuple[tuple[int, ...], ...]
    live_cells: tuple[tuple[int, ...], ...]
    waits: frozenset[int] = frozenset()
    rests: bool = False
    no_sleep: tuple[Instruction, ...] | None = None
    off: tuple[Instruction, ...] | None = None
    begins: frozenset[int] = frozenset()

    @property
    def end(self) -> int:
        return len(self.code) - 1

    def has_ended(self, position: int) -> bool:
        """Whether it is done there, or it is a handler or item that does not run."""
        return position == self.end or position in self.begins


def first_steps(code: tuple[Instruction, ...], start: int) -> frozenset[int]:
    """The steps that local computation from ``start`` can reach without a step, over all paths."""
    found: set[int] = set()
    seen: set[int] = set()
    work = [start]
    while work:
        position = work.pop()
        if position in seen:
            continue
        seen.add(position)
        instruction = code[position]
        if instruction.step:
            found.add(position)
        elif not instruction.stops:
            work += successors(instruction, position)
    return frozenset(found)


def successors(instruction: Instruction, position: int) -> list[int]:
    """Where control may be after an instruction."""
    targets = [label.position for label in instruction.targets]
    return [*targets, position + 1] if instruction.falls else targets
