"""Remembering what was computed from the shared cells, by the cells that were read.

Executing a step is a function of the values it reads: from where a process stands, the first cell
that it reads is always the same, the second depends on the value of the first, and so on. So the
results for one starting point form a decision tree, whose inner nodes ask for one cell each.
Nothing has to be known about the code beforehand: a ``Row`` notes what is read while a result is
computed for the first time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import field
from typing import Generic, TypeVar

from modelcheck.ground.records import dataclass
from modelcheck.semantics.interpreter.machine.rows import REPLICA
from modelcheck.semantics.interpreter.machine.values import Cell

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(slots=True)
class _Question(Generic[T]):
    """What is known once a cell has been read: by its value."""

    cell: int
    answers: dict[Cell, _Question[T] | _Result[T]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Result(Generic[T]):
    value: T


class Memory(Generic[K, T]):
    """Results by starting point and the values read from there."""

    def __init__(self) -> None:
        self._roots: dict[K, _Question[T] | _Result[T]] = {}

    def find(self, start: K, cells: Sequence[Cell], replica: int) -> T | None:
        """The result, if it is known for these values."""
        node = self._roots.get(start)
        while node is not None:
            if isinstance(node, _Result):
                return node.value
            node = node.answers.get(replica if node.cell == REPLICA else cells[node.cell])
        return None

    def keep(self, start: K, noted: dict[int, Cell], result: T) -> None:
        """Remember a result that was computed by reading ``noted``, in this order."""
        questions = list(noted.items())
        if not questions:
            self._roots[start] = _Result(result)
            return
        node = self._roots.setdefault(start, _Question(questions[0][0]))
        for number, (cell, value) in enumerate(questions):
            if isinstance(node, _Result) or node.cell != cell:
                return  # computed in another order than before: not worth remembering
            last = number == len(questions) - 1
            node = node.answers.setdefault(value, _Result(result) if last else _Question(questions[number + 1][0]))
