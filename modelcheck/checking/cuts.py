"""What a green answer goes no further than: faults and deadlocks end runs, and what would come after
them nobody has looked at.

A fault cuts everything else. A deadlock cuts only what is judged at the end, and only if that is
false in some deadlock, or nothing else ever comes to rest. What is not known to be impossible cuts
as well: a proof says nothing about what comes after a fault that may be reachable.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.model.obligations import FAULTS
from modelcheck.model.properties import judged_at_the_end
from modelcheck.result.reasons.stops import Vacuous
from modelcheck.result.verdict import Answer, Verdict

if TYPE_CHECKING:
    from modelcheck.result.checked import Checked


@dataclass(frozen=True, slots=True)
class Cut:
    """By what a green answer is cut, in ids of properties.

    ``undecided``: by faults and deadlocks that may be reachable or not.
    """

    known: tuple[int, ...] = ()
    undecided: tuple[int, ...] = ()

    @property
    def all(self) -> tuple[int, ...]:
        """The ones and the others."""
        return (*self.known, *self.undecided)


def cuts(model: typed.Model, decided: Checked) -> Mapping[int, Cut]:
    """By what each universal property that holds is cut, by id; those that nothing cuts are left out."""
    answers = {answer.property: answer for answer in decided.answers}
    applicable = [p for p in model.properties if p.not_applicable is None and p.id in answers]
    faulting = [p for p in applicable if may_fault(p)]
    deadlocks = [p for p in applicable if "deadlock" in _kinds(p)]
    found: dict[int, Cut] = {}
    for prop in applicable:
        answer = answers[prop.id]
        if answer.verdict is not Verdict.HOLDS or prop.existential:
            continue
        # What else was observed in a step that faults ends no run.
        known = {p.id for p in model.properties if p.id in decided.faults and may_fault(p)}
        undecided: set[int] = set()
        if not decided.complete:
            # One that is violated may still be so by no fault: reading freed memory is none.
            undecided = {p.id for p in faulting if _may_happen(answers[p.id])} - known
        if answer.deadlocked:
            known |= {p.id for p in deadlocks}
        elif not decided.complete and _ends_in_deadlocks(prop):
            impossible = any(answers[p.id].verdict is Verdict.HOLDS for p in deadlocks)
            undecided |= set() if impossible else {p.id for p in deadlocks} - known
        cut = Cut(tuple(sorted(known - {prop.id})), tuple(sorted(undecided - {prop.id})))
        if cut != Cut():
            found[prop.id] = cut
    return MappingProxyType(found)


def may_fault(prop: typed.Property) -> bool:
    """Whether faults are among what the property is about."""
    return not FAULTS.isdisjoint(_kinds(prop))


def _may_happen(answer: Answer) -> bool:
    """Whether it is not known that the property holds. (Of one that is judged at the end the rest
    has been looked at even if nothing comes to rest.)
    """
    if answer.verdict is Verdict.ERROR:
        return not isinstance(answer.reason, Vacuous)
    return answer.verdict is not Verdict.HOLDS


def _kinds(prop: typed.Property) -> frozenset[str]:
    return frozenset(key.kind for key in prop.body.keys) if isinstance(prop.body, typed.Obligation) else frozenset()


def _ends_in_deadlocks(prop: typed.Property) -> bool:
    """Whether the property is judged at the end, of which deadlocks are one."""
    return judged_at_the_end(prop.body) or "leak" in _kinds(prop)
