"""From an invariant to what is said about each property: proved, if the certificate is confirmed, or why not."""

from __future__ import annotations

import time

from modelcheck.engines.induction.certificates.certificates import Statement, Unconfirmed, confirm
from modelcheck.engines.induction.houdini import Invariant
from modelcheck.engines.induction.reasons import states_not_excluded
from modelcheck.engines.induction.subject import Subject
from modelcheck.result.proof import Outcome, Request
from modelcheck.result.reasons.proofs import AnyNumberOf, NoProof, ProofNotConfirmed, Proved, Scope

#: Confirming gets so many seconds even if the time is up: the search for the proof took far longer.
LEAST_SECONDS = 10.0


def conclude(subject: Subject, invariant: Invariant, request: Request, end: float, scope: Scope) -> dict[str, Outcome]:
    """Return the outcome of each property that ``invariant`` is about, by name; ``end``: of the time,
    as ``time.monotonic`` tells it.

    ``scope``: what a proof is for. Raises ``SpecError`` if the certificate cannot be written.
    """
    names = {p.id: p.name for p in subject.system.properties}
    states = states_not_excluded(subject, invariant.inductive, tuple(invariant.open)) if request.why else {}
    any_number = isinstance(scope, AnyNumberOf)
    result = {
        names[id]: Outcome(False, NoProof(why, any_number), why=states.get(id)) for id, why in invariant.open.items()
    }
    if not invariant.proved:
        return result
    proved = {id: names[id] for id in sorted(invariant.proved)}
    statement = Statement(invariant.lemmas, proved, needs=invariant.needs)
    try:
        statement, proof = confirm(subject, statement, request, max(end - time.monotonic(), LEAST_SECONDS))
    except Unconfirmed as reason:
        unconfirmed = Outcome(False, ProofNotConfirmed(reason.why))
        return {**result, **dict.fromkeys(proved.values(), unconfirmed)}
    rests = Proved(scope, len(statement.lemmas), proof.rechecked_by)
    return {**result, **{name: Outcome(True, rests, proof=proof) for name in statement.proved.values()}}
