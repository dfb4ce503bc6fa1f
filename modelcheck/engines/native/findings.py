"""What the generated code noted down, as findings of properties.

A finding is told by the values of a state and not by its number: numbers depend on which thread was
faster. Of all states of the first level of which something is true the least is noted, so findings
are the same on every run and for any number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from modelcheck.engines.native.code.generate import conditions_in_deadlocks, raise_offsets, watched_conditions
from modelcheck.engines.native.storage.context import KNOWN, NOTED, Record
from modelcheck.engines.native.storage.storage import Storage
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Form, Step, System

#: The words of a state.
Words = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation or witness: a state at depth ``level``, and after it ``step`` unless the state itself is it."""

    level: int
    words: Words
    step: Step | None

    @property
    def length(self) -> int:
        """Steps of the trace."""
        return self.level + (self.step is not None)


class Notes:
    """The notes of all threads, by their place in the context. ``least``: (depth of the state, its words)."""

    def __init__(self, system: System, record: Record) -> None:
        self._system = system
        self._record = record
        self._offsets = raise_offsets(system)
        self._watched = watched_conditions(system)
        self.least: dict[int, tuple[int, Words]] = {}
        self._open: list[int] = []  # places found since the level began

    def collect(self, storage: Storage, depth: int) -> None:
        """Take over what was noted while states of this depth were expanded.

        The numbers of states may change afterwards.
        """
        first, behind = self._record.first, self._record.best
        for context in storage.contexts:
            cells = context[first:behind]
            if cells.max() <= KNOWN:
                continue
            for offset in np.flatnonzero(cells > KNOWN):
                place = first + int(offset)
                level = depth + (self._record.held <= place < self._record.dead)
                found = (level, storage.state(int(context[place]) - NOTED))
                self.least[place] = min(found, self.least.get(place, found))
                context[place] = 0
                self._open.append(place)

    @property
    def news(self) -> bool:
        """Whether something was found since the level began."""
        return bool(self._open)

    def close_level(self, storage: Storage) -> None:
        """What was found needs not be noted any more."""
        for place in self._open:
            storage.put(place, KNOWN)
        self._open.clear()

    def fired(self, contexts: Sequence[Any]) -> frozenset[int]:
        """Return the ids of the steps that were ever taken."""
        return frozenset(
            step.id
            for step in self._system.steps
            if self._record.first + step.id in self.least or _seen(contexts, self._record.first + step.id)
        )

    def occurred(self, contexts: Sequence[Any], fired: frozenset[int]) -> frozenset[int]:
        """Events that happen whenever one of these steps is taken, and those that the generated code saw."""
        return frozenset(
            occurrence.event
            for step in self._system.steps
            for occurrence in step.occurrences
            if (
                step.id in fired
                if occurrence.condition.is_true
                else _seen(contexts, self._record.occurred + occurrence.event)
            )
        )

    def deadlocked(self) -> frozenset[int]:
        """The ids of the properties judged at the end that are false in some deadlock."""
        return frozenset(
            watched.property
            for number, watched in enumerate(conditions_in_deadlocks(self._system))
            if self._record.false + number in self.least
        )

    def deadlock(self) -> bool:
        """Whether a deadlock was found."""
        return self._record.dead in self.least

    def findings(self, stuck: tuple[int, Words] | None, initial: Words) -> tuple[dict[int, Finding], set[int]]:
        """Return the shortest finding of each property, and the properties that a reachable fault violates."""
        candidates: dict[int, list[Finding]] = {}
        faults: set[int] = set()
        for initially in self._system.initial_raises:
            if initially.condition.is_true:
                candidates.setdefault(initially.property, []).append(Finding(0, initial, None))
                if self._system.initial_fault:
                    faults.add(initially.property)
        for number, watched in enumerate(self._watched):
            held = self.least.get(self._record.held + number)
            if held is not None:
                candidates.setdefault(watched.property, []).append(Finding(*held, None))
        for step in self._system.steps:
            for number, raised in enumerate(step.raises):
                place = (
                    self._record.first + step.id
                    if raised.condition.is_true
                    else self._record.raised + self._offsets[step.id] + number
                )
                before = self.least.get(place)
                if before is not None:
                    candidates.setdefault(raised.property, []).append(Finding(*before, step))
                    if step.fault:
                        faults.add(raised.property)
        for form, state in ((Form.DEADLOCK, self.least.get(self._record.dead)), (Form.STUCK, stuck)):
            if state is not None:
                for property in applicable(self._system, form):
                    candidates.setdefault(property, []).append(Finding(*state, None))
        return {property: _first(found) for property, found in candidates.items()}, faults


def applicable(system: System, form: Form) -> list[int]:
    """Return the ids of the properties of a form that can be asked."""
    return [p.id for p in system.properties if form in p.forms and p.not_applicable is None]


def _seen(contexts: Sequence[Any], place: int) -> bool:
    return any(context[place] for context in contexts)


def _first(findings: Iterable[Finding]) -> Finding:
    """Return the shortest; among those of one length the one with the least state, and of that
    one's steps the first.
    """

    def rank(finding: Finding) -> tuple[object, ...]:
        step = finding.step
        move = (-1, ()) if step is None else (step.process, step.choices)
        return (finding.length, finding.level, finding.words, move)

    return min(findings, key=rank)
