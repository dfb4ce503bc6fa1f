"""Assignments of values to holes, and sets of them described in few words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.language.resolve.holes import Hole
from modelcheck.model import typed
from modelcheck.semantics.interpreter.machine.values import show

#: A value for each hole, in the order of the holes.
Assignment: TypeAlias = tuple[typed.Value, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """Every way to choose one of ``choices`` for each hole."""

    choices: tuple[tuple[typed.Value, ...], ...]

    def assignments(self) -> set[Assignment]:
        return set(product(*self.choices))


@dataclass(frozen=True, slots=True)
class Space:
    """All assignments to ``holes``."""

    holes: tuple[Hole, ...]

    @property
    def size(self) -> int:
        return prod(hole.size for hole in self.holes)

    def assignments(self) -> tuple[Assignment, ...]:
        """Return all of them; the last hole changes fastest."""
        return tuple(product(*(hole.values() for hole in self.holes)))

    def value_text(self, number: int, value: typed.Value) -> str:
        """Return a value of the hole with that number as a spec writes it."""
        return show(value, self.holes[number].type)

    def text(self, assignment: Assignment) -> str:
        """``THRESHOLD = 3, FREEZE = true``"""
        return ", ".join(f"{name} = {value}" for name, value in self.settings(assignment))

    def settings(self, assignment: Assignment, fixed: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
        """(name of the hole, value as a spec writes it), without holes that are ``fixed`` elsewhere."""
        without = set(fixed)
        named = [(hole.name, self.value_text(n, assignment[n])) for n, hole in enumerate(self.holes)]
        return tuple((name, value) for name, value in named if name not in without)

    def overrides(self, assignment: Assignment, fixed: Iterable[str] = ()) -> dict[str, typed.Value]:
        """Return the values by name, without those of holes that are ``fixed`` elsewhere."""
        without = set(fixed)
        return {h.name: v for h, v in zip(self.holes, assignment, strict=True) if h.name not in without}

    def box_text(self, box: Box) -> str:
        """Say which assignments are in a box; a hole that may be anything is not mentioned."""
        parts = []
        for number, (hole, values) in enumerate(zip(self.holes, box.choices, strict=True)):
            if len(values) < hole.size:
                parts.append(f"{hole.name} = {self._values_text(number, values)}")
        return ", ".join(parts) or "any value"

    def _values_text(self, number: int, values: Sequence[typed.Value]) -> str:
        if isinstance(self.holes[number].type, typed.RangeType) and len(values) > 2:
            numbers = [value for value in values if isinstance(value, int)]
            if numbers[-1] - numbers[0] == len(numbers) - 1:
                return f"{numbers[0]}..{numbers[-1]}"
        return " or ".join(self.value_text(number, value) for value in values)

    def boxes(self, members: Iterable[Assignment]) -> list[Box]:
        """Cover a set of assignments with boxes that hold nothing else: few and large, though not always the fewest.

        Each assignment not covered yet is widened one hole after the other, beginning with each
        hole in turn; the largest box is kept.
        """
        inside = set(members)
        order = [assignment for assignment in self.assignments() if assignment in inside]
        covered: set[Assignment] = set()
        found = []
        for assignment in order:
            if assignment in covered:
                continue
            box = max((self._widened(assignment, inside, first) for first in range(len(self.holes))), key=_volume)
            covered |= box.assignments()
            found.append(box)
        return found

    def _widened(self, start: Assignment, inside: set[Assignment], first: int) -> Box:
        choices: list[tuple[typed.Value, ...]] = [(value,) for value in start]
        count = len(self.holes)
        for number in (*range(first, count), *range(first)):
            others = [c for n, c in enumerate(choices) if n != number]
            chosen = []
            for value in self.holes[number].values():
                rows = ((*row[:number], value, *row[number:]) for row in product(*others))
                if all(row in inside for row in rows):
                    chosen.append(value)
            choices[number] = tuple(chosen)
        return Box(tuple(choices))


def _volume(box: Box) -> int:
    return prod(len(values) for values in box.choices)
