"""Verdicts and schedules of one typed model, kept wherever its lines stand.

An edit above a design moves its lines. Its verdicts stay, but traces tell lines: so schedules are
kept, and the interpreter replays them in the model of today. One that it does not accept makes the
whole entry useless.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.result.checked import Checked, Timing
from modelcheck.result.trace import Schedule, Trace
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.cache.cost import WHICH_CELLS, asked, store_of
from modelcheck.studies.matrix.cache.encode import InModel, Unstorable, decode, encode
from modelcheck.studies.matrix.cache.fingerprint import program_fingerprint
from modelcheck.studies.matrix.cache.models import Identity, identity
from modelcheck.studies.matrix.options import Options

if TYPE_CHECKING:
    from modelcheck.engines.protocol import Sized

_DECIDED = (Verdict.HOLDS, Verdict.VIOLATED, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A trace, as far as it does not depend on the text. ``counts``: (class, instances) of those that
    run in any number; ``orders``: as in ``Trace``."""

    property: int
    schedule: Schedule
    counts: tuple[tuple[str, int], ...]
    orders: tuple[tuple[int, int], ...] | None


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry.

    ``checked``: without traces and schedules, which are in ``shown``, and without what only says
    how it was found.
    """

    checked: Checked
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the answers about one model are, or will be."""

    key: str
    identity: Identity


def entry(model: typed.Model, options: Options) -> Entry:
    """Return the place of a model's answers."""
    found = identity(model)
    text = f"answer\0{program_fingerprint()}\0{asked(options, (*WHICH_CELLS, 'overrides'))}\0{found.digest}"
    return Entry(hashlib.sha256(text.encode()).hexdigest(), found)


def keep(entry: Entry, model: typed.Model, checked: Checked, options: Options) -> None:
    """Keep the answers about a model, if each of them is final. Reasons of open answers may speak of lines."""
    if checked.problem or any(answer.verdict not in _DECIDED for answer in checked.answers):
        return
    shown = tuple(
        Shown(number, trace.schedule, _counts(trace, model), trace.orders) for number, trace in checked.traces.items()
    )
    answers = tuple(replace(answer, schedule=None) for answer in checked.answers)
    rest = replace(checked, answers=answers, traces={}, exploration=None, system=None, timing=Timing())
    kept = Kept(rest, shown)
    with suppress(Unstorable):
        store_of(options).put(entry.key, encode(kept, InModel(entry.identity.spans)))


def recall(entry: Entry, model: typed.Model, sized: Sized, options: Options) -> Checked | None:
    """Return the answers about a model, with their traces replayed; None if there are none."""
    data = store_of(options).get(entry.key)
    kept = None if data is None else decode(data, InModel(entry.identity.spans))
    if not isinstance(kept, Kept):
        return None
    traces = _replayed(kept, model, sized)
    if traces is None:
        return None
    answers = tuple(
        replace(answer, schedule=traces[answer.property].schedule) if answer.property in traces else answer
        for answer in kept.checked.answers
    )
    return replace(kept.checked, answers=answers, traces=traces)


def _counts(trace: Trace, model: typed.Model) -> tuple[tuple[str, int], ...]:
    """How many instances of the classes that run in any number take part in a trace."""
    return tuple(
        (process.name, trace.classes.count(process.name)) for process in model.processes if process.count is None
    )


def _replayed(kept: Kept, model: typed.Model, sized: Sized) -> Mapping[int, Trace] | None:
    from modelcheck.ground.diagnostics import SpecError
    from modelcheck.semantics.interpreter.interpreter import Interpreter, ReplayError
    from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter

    names = {prop.id: prop.name for prop in model.properties}
    interpreters: dict[tuple[tuple[str, int], ...], Interpreter] = {}
    traces: dict[int, Trace] = {}
    try:
        for shown in kept.shown:
            if shown.counts not in interpreters:
                small = sized(dict(shown.counts)) if shown.counts else model
                interpreters[shown.counts] = MemoisedInterpreter(small)
            interpreter = interpreters[shown.counts]
            number = next(p.id for p in interpreter.model.properties if p.name == names[shown.property])
            traces[shown.property] = replace(interpreter.replay(shown.schedule, number), orders=shown.orders)
    except (ReplayError, SpecError, KeyError, StopIteration):
        return None
    return traces
