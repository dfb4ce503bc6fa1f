"""Why studies of designs come to no answer, or what they rest on, in words."""

from __future__ import annotations

from typing import assert_never

from modelcheck.report.narrate.details import finding_text
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.reasons.stops import absence_words
from modelcheck.result.trace import Finding
from modelcheck.studies.reasons import JustOpen, Senseless, Unsettled
from modelcheck.studies.refinement.compare import AnyNumberRuns, NotAllStates, Uncompared
from modelcheck.studies.simulate.walk import (
    DoesNotApply,
    Hindrance,
    NoProperty,
    NotFoundWithin,
    NothingComes,
    NotNow,
    Obstacle,
)
from modelcheck.studies.synthesis.reasons import (
    CutShort,
    Detail,
    Exhausted,
    NotBeyond,
    ProvedNever,
    Unknown,
    Untold,
)


def detail_text(detail: Detail) -> str:
    """Why an assignment of unknowns is rejected."""
    match detail:
        case Finding():
            return finding_text(detail)
        case Senseless(error):
            return error.message
        case Exhausted.EVERY_STATE:
            return "every reachable state was visited"
        case ProvedNever(rests):
            return f"proved {reason_text(rests)}"
        case _:
            return reason_text(detail)


def unknown_text(why: Unknown) -> str:
    """Why an assignment of unknowns stays undecided."""
    match why:
        case Untold.DIVIDING:
            return "out of time: which assignments differ in this scenario was still being found out"
        case Untold.INTERRUPTED:
            return "interrupted"
        case Untold.NO_ANSWER:
            return "no answer"
        case Untold.NO_TRACE:
            return "there is a violation, but no trace of it"
        case CutShort(property, fault):
            return f"runs are cut short by {'a fault of ' if fault else ''}{property}, which does not count here"
        case NotBeyond(depth):
            return f"nobody looked beyond {depth} steps"
        case _:
            return unsettled_text(why)


def unsettled_text(why: Unsettled | None) -> str:
    """Why one model says nothing to a study; empty if it does."""
    match why:
        case JustOpen(verdict):
            return verdict.value
        case Senseless(error):
            return error.message
        case _:
            return reason_text(why)


def uncompared_text(why: Uncompared | None) -> str:
    """Why the events of two designs were not all compared; empty if they were."""
    match why:
        case NotAllStates(states, variant):
            return f"{states:,} states of {variant} were not all"
        case AnyNumberRuns(process):
            return f"`{process}` runs in any number"
        case Senseless(error):
            return error.message
        case _:
            return reason_text(why)


def hindrance_text(why: Hindrance) -> str:
    """Why a walk cannot go on as it was asked to."""
    match why:
        case NotNow(process):
            return f"{process} cannot make this step now"
        case Obstacle.NO_STEP:
            return "no step is possible"
        case Obstacle.FAULTED:
            return "a fault has ended this run: take a step back"
        case Obstacle.ABOUT_ALL:
            return "`stuck` is about everything that can come; `modelcheck trace` finds such a state"
        case NoProperty(name, hint):
            return f"there is no property `{name}`{hint}"
        case DoesNotApply(name, absence):
            return f"{name} does not apply here: {absence_words(absence)}"
        case NothingComes(name, existential):
            return f"nothing that can come from here {'reaches' if existential else 'violates'} {name}"
        case NotFoundWithin(states):
            return f"not found within {states:,} states; `modelcheck trace` can look further"
        case _:
            assert_never(why)
