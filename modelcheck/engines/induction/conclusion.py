"""From an invariant to what is said about each property: proved, if the certificate is confirmed, or why not."""

from __future__ import annotations

import time

from modelcheck.engines.induction.certificates.certificates import Statement, Unconfirmed, confirm
from modelcheck.engines.induction.houdini import Invariant
from modelcheck.engines.induction.reasons import states_not_excluded
from modelcheck.engines.induction.subject import Subject
from modelcheck.result.proof import Outcome, Request

#: Confirming gets so many seconds even if the time is up: the search for the proof took far longer.
LEAST_SECONDS = 10.0


def conclude(
    subject: Subject, invariant: Invariant, request: Request, end: float, *, scope: str, unproved: str
) -> dict[str, Outcome]:
    """Return the outcome of each property that ``invariant`` is about, by name; ``end``: of the time,
    as ``time.monotonic`` tells it.

    ``scope``: what a proof is for, in words; ``unproved``: what the reason begins with where there
    is none. Raises ``SpecError`` if the certificate cannot be written.
    """
    names = {p.id: p.name for p in subject.system.properties}
    states = states_not_excluded(subject, invariant.inductive, tuple(invariant.open)) if request.why else {}
    result = {
        names[id]: Outcome(False, f"{unproved}: {why}", why=states.get(id, ())) for id, why in invariant.open.items()
    }
    if not invariant.proved:
        return result
    proved = {id: names[id] for id in sorted(invariant.proved)}
    statement = Statement(invariant.lemmas, proved, needs=invariant.needs)
    try:
        statement, proof = confirm(subject, statement, request, max(end - time.monotonic(), LEAST_SECONDS))
    except Unconfirmed as reason:
        unconfirmed = Outcome(False, f"z3 finds a proof, but it was not confirmed: {reason}")
        return {**result, **dict.fromkeys(proved.values(), unconfirmed)}
    text = f"for {scope}: {len(statement.lemmas)} lemmas, confirmed by {proof.rechecked_by}"
    return {**result, **{name: Outcome(True, text, proof=proof) for name in statement.proved.values()}}
