"""What was found of the events of two designs, kept in the one store of results: see ``studies.matrix.cache``.

Verdicts of a pair of models are kept under their identities, wherever their lines stand; so runs are
kept as schedules, and the interpreter replays them in the models of today. Only what was compared in
full is kept.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from modelcheck.ground.diagnostics import SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ground.store import Store
from modelcheck.model import typed
from modelcheck.result.trace import Schedule
from modelcheck.semantics.interpreter.interpreter import ReplayError
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.studies.matrix.cache.encode import InModel, Unstorable, decode, encode
from modelcheck.studies.matrix.cache.fingerprint import program_fingerprint
from modelcheck.studies.matrix.cache.models import Identity
from modelcheck.studies.refinement.compare import EventComparison, only_one


@dataclass(frozen=True, slots=True)
class Shown:
    """Events that only one side can show: the first of the models (``side`` 0) or the second. ``run``
    shows them, ``other`` all but the last on the other side.
    """

    side: int
    events: tuple[str, ...]
    run: Schedule
    other: Schedule
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry: a comparison without traces."""

    shown: tuple[Shown, ...]
    unshared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where what is known of two models is, or will be, in the store in ``directory``."""

    directory: str
    key: str

    def keep(self, first: typed.Model, found: EventComparison) -> None:
        """Keep a comparison, if nothing was left out."""
        if found.bound is not None:
            return
        shown = tuple(
            Shown(
                0 if one.able == first.variant else 1,
                one.events,
                one.trace.schedule,
                one.other.schedule,
                one.instead,
            )
            for one in found.differences
        )
        with suppress(Unstorable):
            Store(Path(self.directory)).put(self.key, encode(Kept(shown, found.unshared), InModel(())))

    def recall(self, first: typed.Model, second: typed.Model) -> EventComparison | None:
        """Return what is known, with runs replayed; None if there is nothing, or the interpreter does not take it."""
        data = Store(Path(self.directory)).get(self.key)
        kept = None if data is None else decode(data, InModel(()))
        if not isinstance(kept, Kept):
            return None
        try:
            sides = (MemoisedInterpreter(first), MemoisedInterpreter(second))
            differences = tuple(
                only_one(sides, shown.side, shown.events, (shown.run, shown.other), shown.instead)
                for shown in kept.shown
            )
        except (ReplayError, SpecError):
            return None
        return EventComparison(first.scenario, differences, kept.unshared)


def entry(directory: str, first: Identity, second: Identity) -> Entry:
    """Return the place of what is known of two models."""
    text = f"events\0{program_fingerprint()}\0{first.digest}\0{second.digest}"
    return Entry(directory, hashlib.sha256(text.encode()).hexdigest())
