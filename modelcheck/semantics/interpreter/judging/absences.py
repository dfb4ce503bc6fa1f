"""What the front end says is not there, looked up in the programs themselves: process classes and
labels that properties miss.

What happens in runs (obligations, events) is found where it happens; this is what can be seen without running.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from modelcheck.model import typed
from modelcheck.result.reasons.differences import Absurdity, KindNotAsked, ReachedAfterAll, RunsAfterAll
from modelcheck.semantics.interpreter.compiler.code import Program, successors
from modelcheck.semantics.interpreter.compiler.programs import label_extents
from modelcheck.semantics.interpreter.interpreter import Interpreter

#: They can befall every model.
_ALWAYS = ("deadlock", "stuck")


def denied(interpreter: Interpreter) -> tuple[Absurdity, ...]:
    """Return what is said to be absent, or is not asked about, although it is there; empty if nothing is."""
    return tuple(dict.fromkeys(_denied(interpreter)))


def _denied(interpreter: Interpreter) -> Iterator[Absurdity]:
    model = interpreter.model
    for kind in _ALWAYS:
        if not interpreter.judge.claims_of_kind(kind):
            yield KindNotAsked(kind)
    running = {process.name for process in model.processes if process.count}
    reached: dict[int, frozenset[int]] = {}
    for property_ in model.properties:
        absent = property_.absent
        match absent:
            case str() if absent in running:
                yield RunsAfterAll(absent, property_.name)
            case typed.LabelRef():
                for program in interpreter.programs:
                    if id(program) not in reached:
                        reached[id(program)] = _reached(program)
                    if any(extent.start in reached[id(program)] for extent in label_extents(program, absent)):
                        yield ReachedAfterAll(absent.label, property_.name)
            case str() | int() | None:
                continue
            case _:
                assert_never(absent)


def _reached(program: Program) -> frozenset[int]:
    """The positions that control can get to, conditions taken both ways."""
    seen = {0}
    work = [0]
    while work:
        position = work.pop()
        if position == program.end:
            continue
        for after in successors(program.code[position], position):
            if after not in seen:
                seen.add(after)
                work.append(after)
    return frozenset(seen)
