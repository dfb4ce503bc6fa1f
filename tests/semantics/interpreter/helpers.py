"""Small models from text, and what the interpreter finds in them."""

from __future__ import annotations

from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.trace import Move, Trace
from modelcheck.semantics.interpreter.explore import Explored, explore
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter


def interpreter_of(text: str, scenario: str | None = None) -> Interpreter:
    return MemoisedInterpreter(instantiate(parse_text(text, "test.mc"), scenario)[0])


def property_id(interpreter: Interpreter, name: str) -> int:
    return next(p.id for p in interpreter.model.properties if p.name == name)


def shortest(interpreter: Interpreter, name: str) -> Trace:
    """The trace of a shortest violation (or witness) of a property."""
    found: Explored = explore(interpreter)
    number = property_id(interpreter, name)
    return interpreter.replay(found.findings[number][0], number)


def moves(*processes: int) -> tuple[Move, ...]:
    return tuple(Move(process) for process in processes)
