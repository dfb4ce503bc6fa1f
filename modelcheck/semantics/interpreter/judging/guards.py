"""What guards that wait read: judged in states while a process waits, on steps while it rests
(docs/semantics.md, section 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model.typed import ObligationKey
from modelcheck.result.details import Detail, FreedWhileTrue, ReadByGuard, Standing
from modelcheck.result.trace import Finding
from modelcheck.result.values import Place
from modelcheck.semantics.interpreter.judging.waiting import Tried, try_guard
from modelcheck.semantics.interpreter.machine.machine import GuardRead, MadeStale
from modelcheck.semantics.interpreter.machine.states import Outcome, State
from modelcheck.semantics.interpreter.machine.values import Cell

if TYPE_CHECKING:
    from modelcheck.semantics.interpreter.interpreter import Interpreter

_NOTHING = Tried((), ())


@dataclass(frozen=True, slots=True)
class FreedUnderGuard:
    """An object was freed that the guard of a process (class) at rest goes on reading; the guard was false then.

    ``guard``: where it reads the object; ``freed``: the step that freed it.
    """

    process: str
    object: str
    guard: Span
    freed: Span


class Guards:
    """Judges the guards of one interpreter's processes. ``warnings``: what has been seen that is no violation."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._waiting = tuple(
            (instance, program.waits) for instance, program in enumerate(interpreter.programs) if program.waits
        )
        self._resting = tuple(
            (instance, waits) for instance, waits in self._waiting if interpreter.programs[instance].rests
        )
        #: whether some process can rest at a guard
        self.judges_steps = bool(self._resting)
        self.warnings: dict[FreedUnderGuard, None] = {}

    def of_state(self, state: State) -> list[Finding]:
        """What processes read that wait in a state and do not rest."""
        return [finding for instance, waits in self._waiting for finding in self._read_by(state, instance, waits)]

    def _read_by(self, state: State, instance: int, waits: frozenset[int]) -> tuple[Finding, ...]:
        """What a process reads, if it waits and does not rest."""
        part = self._interpreter.process_state(state, instance)
        if part.resting or part.pc not in waits or self._interpreter.outcomes(state, instance):
            return ()
        return tuple(
            finding
            for read in self._try(state, instance).reads
            for finding in self._findings(read, ReadByGuard(self._place(state, instance), read.detail))
        )

    def of_start(self, state: State) -> list[Finding]:
        """What the guards read at which processes rest in the initial state."""
        return [
            finding
            for instance, _ in self._resting
            for read in self._at_rest(state, instance).reads
            for finding in self._findings(read, ReadByGuard(self._place(state, instance), read.detail))
        ]

    def of_step(self, before: State, outcome: Outcome, after: State) -> list[Finding]:
        """What the guards read at which processes rest after a step, and did not read before it."""
        found: list[Finding] = []
        interpreter = self._interpreter
        for instance, _ in self._resting:
            if before[0] == after[0] and before[2 + instance] == after[2 + instance]:
                continue
            now = self._at_rest(after, instance).reads
            if not now:
                continue
            known: set[object] = set()
            if interpreter.process_state(before, instance).pc == interpreter.process_state(after, instance).pc:
                known.update(read.memory for read in self._at_rest(before, instance).reads)
            for read in now:
                if read.memory not in known:
                    found += self._judge(before, outcome, after, instance, read)
        return list(dict.fromkeys(found))

    def _judge(
        self, before: State, outcome: Outcome, after: State, instance: int, read: GuardRead
    ) -> Iterable[Finding]:
        """Whether a guard may begin to read this."""
        place = self._place(after, instance)
        if read.kind != "use_after_free":
            return self._findings(read, ReadByGuard(place, read.detail))
        made_stale = [
            made
            for made in self._interpreter.broadcasts(outcome)
            if isinstance(made, MadeStale) and read.about == (Place(made.object, made.slot),)
        ]
        if not made_stale:
            return self._findings(read, ReadByGuard(place, read.detail))
        if any(self._was_true(before, after, instance, read.guard, made.before) for made in made_stale):
            name = f"{made_stale[0].object}[{made_stale[0].slot}]"
            return self._findings(read, FreedWhileTrue(name, place))
        assert read.span is not None
        interpreter = self._interpreter
        mover = interpreter.programs[outcome.move.process]
        freed = mover.code[interpreter.process_state(before, outcome.move.process).pc].site.span
        warning = FreedUnderGuard(interpreter.programs[instance].name, read.subject, read.span, freed)
        self.warnings[warning] = None
        return ()

    def _was_true(
        self,
        before: State,
        after: State,
        instance: int,
        guard: tuple[int, ...],
        changes: Sequence[tuple[int, Cell]],
    ) -> bool:
        """Whether a guard was true when the object was about to be freed: the shared cells are those of that moment."""
        cells = list(self._interpreter.shared_cells(before))
        for cell, value in changes:
            cells[cell] = value
        interpreter = self._interpreter
        part, program = interpreter.process_state(after, instance), interpreter.programs[instance]
        replica = interpreter.replicas[instance]
        return try_guard(interpreter.world, program, cells, part, instance, replica).is_true(guard)

    def _at_rest(self, state: State, instance: int) -> Tried:
        part = self._interpreter.process_state(state, instance)
        if not part.resting or part.pc not in self._interpreter.programs[instance].waits:
            return _NOTHING
        return self._try(state, instance)

    def _try(self, state: State, instance: int) -> Tried:
        """Try out the guard at which a process stands."""
        interpreter = self._interpreter
        part, cells = interpreter.process_state(state, instance), interpreter.shared_cells(state)
        program, replica = interpreter.programs[instance], interpreter.replicas[instance]
        return try_guard(interpreter.world, program, cells, part, instance, replica)

    def _place(self, state: State, instance: int) -> Standing:
        interpreter = self._interpreter
        part = interpreter.process_state(state, instance)
        text = interpreter.programs[instance].code[part.pc].text
        return Standing(interpreter.names[instance], text, waits=not part.resting)

    def _findings(self, read: GuardRead, detail: Detail) -> list[Finding]:
        key = ObligationKey(read.kind, read.subject)
        return [
            Finding(property_, key, detail, read.span, read.about) for property_ in self._interpreter.judge.claims(key)
        ]
