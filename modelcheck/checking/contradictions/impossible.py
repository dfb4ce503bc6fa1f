"""What the front end of a model said cannot happen, and what becomes of answers if it happens after all.

``resolve`` decides which obligations are listed and which properties apply. Both implementations
read that, so a mistake in it would be seen by neither if it also decided what is checked. It does
not: whatever happens is judged, and what nobody claims violates a property of its own
(``System.impossible``), which users see nothing of but the error: nothing that holds, and nothing
that is said not to apply, is believed then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modelcheck.checking.contradictions.withdrawal import withdrawn
from modelcheck.result.reasons.differences import Absurdity, Happens, Impossible, Unseen
from modelcheck.result.verdict import Answer, Verdict
from modelcheck.semantics.interpreter.interpreter import Interpreter, ReplayError
from modelcheck.semantics.interpreter.judging.absences import denied

if TYPE_CHECKING:
    from modelcheck.ir.system import System
    from modelcheck.result.checked import Checked


def without_impossible(checked: Checked, system: System, interpreter: Interpreter) -> Checked:
    """Return the answers to what users ask; all that hold and that do not apply are withdrawn if
    something impossible happens.
    """
    happened: list[Absurdity] = list(denied(interpreter))
    hidden = system.impossible
    if hidden is not None:
        hits = [answer for answer in checked.answers if answer.property == hidden.id and _is_hit(answer)]
        happened += [_told(answer, interpreter) for answer in hits]
        answers = tuple(answer for answer in checked.answers if answer.property != hidden.id)
        checked = replace(checked, answers=answers, faults=checked.faults - {hidden.id})
    if not happened:
        return checked
    reason = Impossible(tuple(happened))
    # Runs are still to be replayed.
    runs = {answer.property for answer in checked.answers if answer.schedule is not None}
    left = withdrawn(checked.answers, runs, reason)
    # This is the cause of whatever else was found to be wrong.
    answers = tuple(replace(answer, reason=reason) if answer.verdict is Verdict.ERROR else answer for answer in left)
    return replace(checked, answers=answers, problem=checked.problem or reason)


def _is_hit(answer: Answer) -> bool:
    return answer.schedule is not None and answer.verdict is Verdict.VIOLATED


def _told(answer: Answer, interpreter: Interpreter) -> Happens:
    """What happens, by the interpreter's word where it sees it as well."""
    from modelcheck.semantics.interpreter.replay import findings_at_the_end

    assert answer.schedule is not None
    steps = len(answer.schedule)
    try:
        found = findings_at_the_end(interpreter, answer.schedule)
    except ReplayError as error:
        return Happens(steps, None, error.why)
    for finding in found:
        if finding.property == interpreter.model.impossible:
            key = None if finding.key is None else (finding.key.kind, finding.key.subject)
            return Happens(steps, key, finding.detail)
    return Happens(steps, None, Unseen.NOT_SEEN)
