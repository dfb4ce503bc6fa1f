"""Every reason in words."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.ended import Exited, InternalError, Killed, Limited
from modelcheck.model.absences import (
    LabelInAtomic,
    LabelNotReached,
    NeverOccurs,
    NoAssert,
    NobodyRuns,
    NothingMakes,
    OwnerNotRunning,
)
from modelcheck.report.reasons.differences import (
    absurdity_words,
    contradiction_words,
    difference_words,
    disagreement_text,
    inconsistency_words,
    overlooked_words,
    trace_words,
)
from modelcheck.report.reasons.proofs import depths_words, proof_words
from modelcheck.report.reasons.stops import absence_words, ended_words, exploring_words, stopped_after
from modelcheck.result.reasons.differences import (
    Contradicting,
    Impossible,
    Inconsistent,
    ModelDisagreement,
    Overlooked,
    Problem,
    ProvedAndRefuted,
    TraceNotConfirmed,
)
from modelcheck.result.reasons.lengths import (
    NoneLonger,
    NoRun,
    NotEncodedAt,
    NotTried,
    NoViolation,
    ShorterNotExcluded,
    SolverSaid,
)
from modelcheck.result.reasons.proofs import NoProof, NotAttempted, ProofNotConfirmed, Proved
from modelcheck.result.reasons.reason import (
    AnotherWasWrong,
    ForAnyNumber,
    Growing,
    Limit,
    Limits,
    NoAnswer,
    NothingWithFew,
    Reason,
    Several,
)
from modelcheck.result.reasons.stops import (
    EndsUndecided,
    Explored,
    NotConfirmedYet,
    Stop,
    Unfinished,
    Unsupported,
    Vacuous,
)

#: Integers that are named as those that grow.
MOST_NAMES = 2


def reason_text(why: Reason | None) -> str:
    """A reason as half a sentence, to stand after a colon; empty for none."""
    match why:
        case None:
            return ""
        case (
            NobodyRuns()
            | OwnerNotRunning()
            | LabelInAtomic()
            | LabelNotReached()
            | NoAssert()
            | NeverOccurs()
            | NothingMakes()
        ):
            return absence_words(why)
        case Unsupported() | Unfinished() | EndsUndecided() | Explored() | Vacuous() | NotConfirmedYet():
            return exploring_words(why)
        case (
            Stop()
            | SolverSaid()
            | NoRun()
            | NotTried()
            | NoneLonger()
            | NotEncodedAt()
            | NoViolation()
            | ShorterNotExcluded()
        ):
            return depths_words(why)
        case Proved() | NoProof() | NotAttempted() | ProofNotConfirmed():
            return proof_words(why)
        case NothingWithFew(first, last, names):
            return f"nothing with {first} to {last} of {' and '.join(names)} within the time"
        case ForAnyNumber():
            return _any_number_words(why)
        case Growing(names):
            return (
                f"{' and '.join(names[:MOST_NAMES])} grow{'s' if len(names) == 1 else ''} for ever: not every state can"
                " be visited, and no invariant shows that an end stays reachable"
            )
        case ModelDisagreement(what):
            return f"the engine and the interpreter disagree about the model: {difference_words(what)}"
        case Inconsistent(inconsistency):
            return f"the transition system made from the model contradicts itself: {inconsistency_words(inconsistency)}"
        case ProvedAndRefuted():
            return "it was proved for any number of instances, and exploration shows the opposite: please report this"
        case TraceNotConfirmed() | Contradicting() | Overlooked() | Impossible():
            return headline(why)
        case AnotherWasWrong(problem):
            return f"another answer about this model turned out to be wrong: {headline(problem)}"
        case NoAnswer.SILENT:
            return "the engine did not answer"
        case NoAnswer.UNUSABLE:
            return "the spec cannot be used"
        case Limited() | Killed() | Exited() | InternalError():
            return ended_words(why)
        case Several(reasons):
            return "; ".join(reason_text(reason) for reason in reasons)
        case Limits(engines, before):
            told = [f"{limit.engine}: {_limit_words(limit)}" for limit in engines]
            return "; ".join([reason_text(before), *told] if before is not None else told)
        case _:
            assert_never(why)


def headline(problem: Problem) -> str:
    """What was found to be wrong, in one line."""
    match problem:
        case ModelDisagreement(what):
            return difference_words(what)
        case Inconsistent(why):
            return inconsistency_words(why)
        case ProvedAndRefuted(property):
            return f"{property}: {reason_text(problem)}"
        case TraceNotConfirmed():
            return trace_words(problem)
        case Contradicting():
            return contradiction_words(problem)
        case Overlooked():
            return overlooked_words(problem)
        case Impossible(happened):
            told = "; ".join(absurdity_words(what) for what in happened)
            return "internal contradiction, please report it: this was said to be impossible, and happens: " + told
        case _:
            assert_never(problem)


def problem_text(problem: Problem | None) -> str:
    """All that is known of what was found to be wrong, in lines if need be; empty for nothing."""
    match problem:
        case None:
            return ""
        case ModelDisagreement():
            return disagreement_text(problem)
        case _:
            return headline(problem)


def _any_number_words(why: ForAnyNumber) -> str:
    match why:
        case ForAnyNumber.ONLY_STUCK:
            return "with few threads an end stays reachable; for any number of them that is not judged"
        case ForAnyNumber.ALSO_STUCK:
            return (
                "it names `stuck` as well, which is judged where the number of threads is fixed: give that an"
                " obligation of its own"
            )
        case ForAnyNumber.NOTHING_RESTED:
            return "a proof was not tried, since nothing came to rest with so few"
        case _:
            assert_never(why)


def _limit_words(limit: Limit) -> str:
    """What to do about an exploration that stopped is said once, and not by each of them."""
    match limit.why:
        case Unfinished():
            told = stopped_after(limit.why)
        case _:
            told = reason_text(limit.why)
    if limit.depth is not None:
        return f"nothing within {limit.depth} steps" + (f", {told}" if told else "")
    return told or "no answer"
