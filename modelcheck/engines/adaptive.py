"""Which explorer a System gets: the plain one while it is small, native code when it turns out not to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, assert_never

from modelcheck.engines.explicit import Exploration, InconsistentSystem, Stop, explore
from modelcheck.engines.explicit.answers import with_runs
from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.protocol import Contact, Kind, Question
from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import System
from modelcheck.result.budget import Budget
from modelcheck.result.found import Found
from modelcheck.result.progress import Early, Progress
from modelcheck.result.reasons.differences import OtherCounts
from modelcheck.result.reasons.stops import Unsupported

#: Below this many states the plain explorer answers before native code is ready: it visits a state
#: in about 8 us, and importing LLVM and compiling a system of a few hundred steps take 0.15 to 0.35
#: s.
PLAIN_STATES = 20_000


#: ``auto``: whichever is faster; ``explicit``: in plain Python; ``native``: compiled.
Explorer = Literal["auto", "explicit", "native"]


@dataclass(frozen=True, slots=True)
class Exploring:
    """Exploration, asked as every engine is: visits every reachable state, and keeps them to be asked about."""

    explorer: Explorer
    kind: Kind = Kind.EXPLORES

    @property
    def name(self) -> str:
        """As users read it."""
        return "exploration" if self.explorer == "auto" else self.explorer

    def supports(self, question: Question, property: int) -> Unsupported | None:
        """See ``Engine.supports``."""
        return Unsupported.ANY_NUMBER if question.system is None else None

    def run(self, question: Question, wanted: Sequence[int], budget: Budget, contact: Contact) -> Found:
        """See ``Engine.run``. Raises ``InconsistentSystem`` as well."""
        found = explore_with(
            self.explorer,
            question.fixed,
            budget,
            contact.progress,
            contact.interrupted,
            question.machine,
            contact.early,
            keep=True,
        )
        answers = {answer.property: answer for answer in found.answers}
        return Found(tuple(answers[id] for id in wanted), found, seconds=found.seconds)


def explore_with(
    explorer: Explorer,
    system: System,
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    machine: Machine | None = None,
    early: Early | None = None,
    keep: bool = False,
) -> Exploration:
    """Visit every reachable state within the budget and answer all properties. ``machine``, ``keep``:
    as in ``explicit.explore``; ``early``: is told what is found before all is.

    What 64-bit code would not compute exactly is left to the plain explorer, even if ``native`` is
    asked for; the answers say who gave them. Raises ``InconsistentSystem`` if the system breaks its
    contract.
    """
    match explorer:
        case "auto":
            return explore_adaptively(system, budget, progress, interrupted, machine, early, keep)
        case "explicit":
            return explore(system, budget, progress, interrupted, budget.reductions, machine, keep)
        case "native":
            return _explore_natively(system, budget, progress, interrupted, early, keep)
        case _:
            assert_never(explorer)


def _explore_natively(
    system: System,
    budget: Budget,
    progress: Progress | None,
    interrupted: Callable[[], bool] | None,
    early: Early | None,
    keep: bool,
) -> Exploration:
    from modelcheck.engines import native

    try:
        return native.explore(system, budget, progress, interrupted, symmetry=budget.reductions, early=early, keep=keep)
    except native.Unsupported as reason:
        if budget.checkpoint is not None or budget.resume is not None:
            message = f"this model cannot be explored in compiled code, which checkpoints need: {reason}"
            raise SpecError([Diagnostic("MC535", Severity.ERROR, message, None)]) from None
        return explore(system, budget, progress, interrupted, symmetry=budget.reductions, keep=keep)


def explore_adaptively(
    system: System,
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    machine: Machine | None = None,
    early: Early | None = None,
    keep: bool = False,
) -> Exploration:
    """Visit every reachable state within the budget and answer all properties, with the explorer that is faster.

    Raises ``InconsistentSystem`` if the system breaks its contract.
    """
    limit = budget.states
    symmetry = budget.reductions
    if limit is not None and limit <= PLAIN_STATES:
        return explore(system, budget, progress, interrupted, symmetry, machine, keep)
    found = explore(system, replace(budget, states=PLAIN_STATES), progress, interrupted, symmetry, machine, keep)
    if found.stopped is not Stop.STATES:
        return found
    if early is not None:
        early(with_runs(found.answers))
    if found.lookup is not None:
        found.lookup.release()
    remaining = budget
    if budget.seconds is not None:
        remaining = replace(budget, seconds=max(0.0, budget.seconds - found.seconds))
    again = _explore_natively(system, remaining, progress, interrupted, early, keep)
    _compare(found, again)
    return again


def _compare(plain: Exploration, native: Exploration) -> None:
    """Both explorers find the states level by level, so their levels begin at the same numbers
    (unreduced) as far as both got.
    """
    for depth, (first, second) in enumerate(zip(plain.levels, native.levels, strict=False)):
        if first != second:
            raise InconsistentSystem(OtherCounts(first, second, depth))
