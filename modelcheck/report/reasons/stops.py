"""Why something does not apply, is not complete, or ended before its time, in words."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.ended import Ended, Exited, InternalError, Killed, Limited
from modelcheck.model.absences import (
    Absence,
    LabelInAtomic,
    LabelNotReached,
    NeverOccurs,
    NoAssert,
    NobodyRuns,
    NothingMakes,
    OwnerNotRunning,
)
from modelcheck.model.typed import EventKind
from modelcheck.result.reasons.stops import (
    Checkpoint,
    CheckpointKept,
    CheckpointLost,
    EndsUndecided,
    Explored,
    NotConfirmedYet,
    Stop,
    Unfinished,
    Unsupported,
    Vacuous,
)


def absence_words(why: Absence) -> str:
    """Why a property says nothing in a scenario."""
    match why:
        case NobodyRuns(process):
            return f"no `{process}` runs in this scenario"
        case OwnerNotRunning(owner):
            return f"`{owner}` does not run here"
        case LabelInAtomic(label):
            return f"`{label}` stands inside `atomic`: nobody is ever at it"
        case LabelNotReached(label):
            return f"no process that runs here gets to `{label}`"
        case NoAssert(name):
            return f"no process that runs here has the assert `{name}`"
        case NeverOccurs(kind, subject):
            return f"no process that runs here {_does(kind, subject)}"
        case NothingMakes(event):
            return f"nothing in the spec makes `{event}` occur"
        case _:
            assert_never(why)


def _does(kind: EventKind, subject: str) -> str:
    match kind:
        case EventKind.EMIT:
            return f"emits `{subject}`"
        case EventKind.NEW:
            return f"allocates a `{subject}`"
        case EventKind.FREE:
            return f"frees a `{subject}`"
        case EventKind.CALL:
            return f"calls `{subject}`"
        case EventKind.RETURN:
            return f"comes back from `{subject}`"
        case _:
            assert_never(kind)


def stop_words(stop: Stop) -> str:
    """Why a search is not complete: half a sentence."""
    match stop:
        case Stop.TIME:
            return "out of time"
        case Stop.MEMORY:
            return "out of memory"
        case Stop.STATES:
            return "reached the limit of states"
        case Stop.INTERRUPTED:
            return "interrupted"
        case Stop.NUMBERS:
            return "an integer grows beyond all bounds"
        case _:
            assert_never(stop)


def advice(stop: Stop) -> str:
    """What to do about it: half a sentence."""
    smaller = "make the scenario smaller (fewer instances, smaller pools and ranges)"
    match stop:
        case Stop.TIME:
            return f"give it more with --timeout, or {smaller}"
        case Stop.MEMORY:
            return f"give it more with --memory, go on elsewhere with --checkpoint and --resume, or {smaller}"
        case Stop.STATES:
            return smaller
        case Stop.INTERRUPTED:
            return "run it again"
        case Stop.NUMBERS:
            return "give it a range, or fewer rounds to grow in"
        case _:
            assert_never(stop)


def _ended(stop: Stop) -> str:
    """The same of the search for what is stuck."""
    match stop:
        case Stop.TIME:
            return "ran out of time"
        case Stop.MEMORY:
            return "ran out of memory"
        case Stop.STATES:
            return "was given up"
        case Stop.INTERRUPTED:
            return "was interrupted"
        case Stop.NUMBERS:
            return "met numbers that are too large"
        case _:
            assert_never(stop)


def checkpoint_words(kept: Checkpoint) -> str:
    """What became of a checkpoint."""
    match kept:
        case CheckpointKept(path, states, levels):
            return f"{states:,} states of {levels} levels are kept in {path}: --resume goes on there"
        case CheckpointLost(path, error):
            return f"the checkpoint {path} could not be written: {error}"
        case _:
            assert_never(kept)


def exploring_words(
    why: Unsupported | Unfinished | EndsUndecided | Explored | Vacuous | NotConfirmedYet,
) -> str:
    """What an exploration does not say, or how far it went."""
    match why:
        case Unsupported.ANY_NUMBER:
            return "needs the induction engine: some process runs in any number"
        case Unsupported.NO_LENGTH:
            return "needs exploration: whether a drained state can still be reached is not bounded by a length"
        case Unsupported.NO_INVARIANT:
            return "needs exploration: no invariant shows that an end stays reachable"
        case Unfinished(stop, states, kept):
            what = f"the exploration is not complete: {stopped_after(why)}"
            return f"{what}; {_further(stop, kept)}"
        case EndsUndecided(stop, states, kept):
            return f"all {states:,} states were visited, but deciding this {_ended(stop)}; {_further(stop, kept)}"
        case Explored(numbers, names):
            shown = " and ".join(
                [", ".join(map(str, numbers[:-1])), str(numbers[-1])] if numbers[1:] else map(str, numbers)
            )
            return f"explored with {shown} of {' and '.join(names)}"
        case Vacuous(explored):
            vacuous = "vacuous: no reachable state is drained, so nothing was judged"
            return vacuous if explored is None else f"{vacuous} ({exploring_words(explored)})"
        case NotConfirmedYet(witness, length):
            what = "witness" if witness else "violation"
            return (
                f"a {what} in {length:,} steps was found, and there was no time to confirm it: give it more (--timeout)"
            )
        case _:
            assert_never(why)


def stopped_after(why: Unfinished) -> str:
    """Where an exploration stopped, without what to do about it."""
    return f"{stop_words(why.stop)} after {why.states:,} states"


def _further(stop: Stop, kept: Checkpoint | None) -> str:
    return advice(stop) if kept is None else checkpoint_words(kept)


def ended_words(why: Ended) -> str:
    """Why a task in a process of its own has no result."""
    match why:
        case Limited.TIME:
            return "out of time"
        case Limited.MEMORY:
            return "out of memory"
        case Limited.SIZE:
            return "the model is too large: make its pools, arrays and expressions smaller"
        case Killed(signal):
            perhaps = " (out of memory?)" if signal == "SIGKILL" else ""
            return f"the process that checked this was killed by {signal}{perhaps}"
        case Exited(code):
            return f"the process that checked this stopped without an answer (exit code {code})"
        case InternalError(kind, message):
            return f"internal error: {kind}: {message}"
        case _:
            assert_never(why)
