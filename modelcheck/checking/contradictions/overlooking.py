"""That nothing happens, for some steps or for ever, as engines say it, held against what the
interpreter finds on the shortest runs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modelcheck.checking.contradictions.bounded import EVER, overlooked
from modelcheck.checking.contradictions.withdrawal import withdrawn
from modelcheck.result.reasons.differences import Overlooked
from modelcheck.result.verdict import EvidenceKind, Verdict

if TYPE_CHECKING:
    from modelcheck.ir.system import System
    from modelcheck.result.checked import Checked
    from modelcheck.semantics.interpreter.interpreter import Interpreter


def not_overlooked(checked: Checked, system: System, interpreter: Interpreter, *, decided: bool = False) -> Checked:
    """The answers of engines that say that nothing happens within some length, or ever, unless the
    interpreter finds something that they have not found.

    ``decided``: whether what was not proved is doubted as well.
    """
    claims: dict[int, int] = {}
    for answer in checked.answers:
        if answer.verdict is Verdict.BOUNDED and answer.depth is not None:
            claims[answer.property] = answer.depth
        elif answer.schedule is None and answer.verdict in (Verdict.HOLDS, Verdict.VIOLATED):
            claims.update({answer.property: EVER} if decided or answer.evidence is EvidenceKind.PROVED else {})
    found = overlooked(interpreter, claims) if claims else None
    if found is None:
        return checked
    property, length = found
    name, depth = system.properties[property].name, claims[property]
    engine = next(answer.engine for answer in checked.answers if answer.property == property)
    reason = Overlooked(name, engine, None if depth == EVER else depth, length)
    runs = {answer.property for answer in checked.answers if answer.schedule is not None}
    return replace(checked, answers=withdrawn(checked.answers, runs, reason), problem=checked.problem or reason)
