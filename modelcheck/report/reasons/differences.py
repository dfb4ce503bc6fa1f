"""What was found to be wrong with answers, in words."""

from __future__ import annotations

from typing import assert_never

from modelcheck.report.narrate.details import detail_text
from modelcheck.result.reasons.differences import (
    Absurdity,
    Aspect,
    AwaitedLock,
    Broken,
    BrokenExplorer,
    CannotChoose,
    CannotMove,
    Claimed,
    Contradicting,
    Difference,
    Happens,
    Inconsistency,
    InStep,
    KindNotAsked,
    ModelDisagreement,
    NoSuchProcess,
    NoSuchProperty,
    NotAllEntered,
    NotAllExpanded,
    NotFoundThere,
    NotReplayed,
    OneStateForTwo,
    OtherAspect,
    OtherClaim,
    OtherCounts,
    OtherDepth,
    OtherLength,
    OtherProperties,
    OtherProperty,
    OtherStep,
    OtherValues,
    OutOfBounds,
    Overlooked,
    Overseen,
    ReachedAfterAll,
    Refusal,
    Refused,
    RunsAfterAll,
    SameChoices,
    SuccessorLost,
    TraceNotConfirmed,
    Unpaired,
    Unseen,
)
from modelcheck.result.trace import Move, Schedule


def replay_words(why: NotReplayed) -> str:
    """Why the interpreter does not accept a schedule, and where."""
    where = f"step {why.step}" if why.step else "initial state"
    return f"{where}: {_refusal_words(why.why)}"


def _refusal_words(why: Refusal) -> str:
    match why:
        case Refused.FAULTS_BEFORE_ITS_END:
            return "the step faults, but the schedule goes on"
        case Refused.FAULTS_INITIALLY:
            return "the initialisation faults, but the schedule goes on"
        case Refused.END_REACHABLE:
            return "not stuck: a state in which every process is finished can still be reached"
        case Refused.FAULT_REACHABLE:
            return "not stuck: a fault can still be reached"
        case NoSuchProcess(number):
            return f"there is no process number {number}"
        case CannotMove(process, status, line, awaited):
            where = "" if line is None else f" at line {line}"
            waits = f" (it waits for {_awaited_words(awaited)})" if awaited else ""
            return f"{process} cannot move: it is {status}{where}{waits}"
        case CannotChoose(process, line, choices, possible):
            could = ", ".join(str(other) for other in possible)
            return f"{process} at line {line} cannot choose {choices}; it can choose {could}"
        case NoSuchProperty(number):
            return f"there is no property number {number}"
        case NotFoundThere(kind, name, witness):
            return f"{kind} {name} is not {'witnessed' if witness else 'violated'} here"
        case _:
            assert_never(why)


def _awaited_words(awaited: AwaitedLock | str) -> str:
    match awaited:
        case AwaitedLock(name, holders):
            return name + (f", held by {', '.join(holders)}" if holders else "")
        case str():
            return awaited
        case _:
            assert_never(awaited)


def trace_words(why: TraceNotConfirmed) -> str:
    """That the interpreter does not confirm a trace."""
    moves = " ".join(str(process) for process in why.processes) + (" …" if why.more else "")
    return f"the interpreter does not confirm the trace of {why.engine}: {replay_words(why.why)} (processes: {moves})"


def disagreement_text(why: ModelDisagreement) -> str:
    """What differs between an engine and the interpreter, where, and both views of it: in lines."""
    moves = moves_text(why.schedule)
    return f"{difference_words(why.what)}\nafter {moves}\nengine:\n{why.engine}\ninterpreter:\n{why.interpreter}"


def moves_text(schedule: Schedule) -> str:
    """``0(1,2) 1``"""
    return " ".join(move_text(move) for move in schedule) or "(the initial state)"


def move_text(move: Move) -> str:
    """``0(1,2)``: the process, and the choices if there are any."""
    choices = ",".join(str(c) for c in move.choices)
    return f"{move.process}({choices})" if choices else str(move.process)


def difference_words(what: Difference) -> str:
    """What differs between an engine and the interpreter."""
    match what:
        case OtherClaim(claimed):
            return f"different {_claimed_words(claimed)}"
        case Overseen():
            return _overseen_words(what)
        case OtherLength(property, verdict, witness, claimed, length):
            seen = "witnessed" if witness else "violated"
            engine = verdict if claimed is None else f"{verdict}, {seen} in {claimed} steps"
            interpreter = f"it is never {seen}" if length is None else f"it is {seen} in {length} steps"
            return f"about `{property}`: the explorer says {engine}, the interpreter that {interpreter}"
        case Unpaired():
            return _unpaired_words(what)
        case OtherStep(move, how):
            return _step_words(move, how)
        case OtherValues(values):
            return f"different values: {'; '.join(f'{name} is {mine} and {theirs}' for name, mine, theirs in values)}"
        case OtherDepth(depth, found):
            where = "has not visited it" if found is None else f"has found it at depth {found}"
            return f"a state that is reached in {depth} steps: the explorer {where}"
        case SuccessorLost(depth, found):
            where = "has not been visited" if found is None else f"was found at depth {found}"
            return f"a successor of a state that the explorer found at depth {depth} {where}"
        case OneStateForTwo(other):
            return (
                "two states that one side distinguishes are the same state on the other side; the other way to it is "
                + moves_text(other)
            )
        case _:
            assert_never(what)


def _claimed_words(claimed: Claimed) -> str:
    match claimed:
        case Claimed.STATES:
            return "numbers of states"
        case Claimed.TRANSITIONS:
            return "transitions"
        case Claimed.LEVELS:
            return "levels"
        case Claimed.DEPTH:
            return "depth"
        case Claimed.DRAINED:
            return "whether something comes to rest"
        case Claimed.DEADLOCK:
            return "whether there is a deadlock"
        case Claimed.DEADLOCKED:
            return "properties that are false in deadlocks"
        case Claimed.FAULTS:
            return "properties that faults violate"
        case Claimed.OPERATIONS:
            return "operations that were executed"
        case Claimed.EVENTS:
            return "events that occurred"
        case _:
            assert_never(claimed)


def _overseen_words(what: Overseen) -> str:
    match what:
        case Overseen.STEP:
            return "a step was taken that the explorer says is never taken"
        case Overseen.EVENT:
            return "an event occurred that the explorer says never occurs"
        case Overseen.DRAINED:
            return "everything came to rest, and the explorer says it never does"
        case Overseen.DEADLOCK:
            return "a deadlock that the explorer has not found"
        case Overseen.DEADLOCKED:
            return "a property is false in a deadlock, and the explorer says it is not"
        case Overseen.FAULT:
            return "a fault that the explorer has not found"
        case Overseen.STUCK:
            return "a state is stuck, and the explorer says that none is"
        case _:
            assert_never(what)


def _unpaired_words(what: Unpaired) -> str:
    match what:
        case Unpaired.INITIAL_FINDINGS:
            return "different findings before the first step"
        case Unpaired.INITIAL_FAULT:
            return "the initial state faults on one side only"
        case Unpaired.DRAINED:
            return "one side is drained, the other is not"
        case Unpaired.TRANSITIONS:
            return "different transitions are enabled"
        case Unpaired.DEADLOCKED:
            return "different properties judged at the end are false in this deadlock"
        case Unpaired.FINDINGS:
            return "different findings in the state"
        case Unpaired.NOT_FOUND_AGAIN:
            return "a state that the explorer visited is not found again"
        case _:
            assert_never(what)


def _step_words(move: Move, how: InStep) -> str:
    step = f"step {move_text(move)}"
    match how:
        case InStep.FAULT:
            return f"{step} faults on one side only"
        case InStep.IMPOSSIBLE:
            return f"{step} of a run that the explorer found is not possible"
        case InStep.FINDINGS:
            return f"different findings in {step}"
        case InStep.EVENTS:
            return f"different events in {step}"
        case _:
            assert_never(how)


def inconsistency_words(why: Inconsistency) -> str:
    """How a system, or an explorer, breaks its own contract."""
    match why:
        case OutOfBounds(name, low, high):
            bounds = "" if low is None or high is None else f" {low}..{high}"
            return f"{name} left its bounds{bounds}"
        case SameChoices((first, does), (second, also), process, choices):
            return (
                f"steps {first} ({does}) and {second} ({also}) of process {process} are both enabled with the choices"
                f" {choices}"
            )
        case BrokenExplorer(how, native):
            return _broken_words(how, "the native explorer" if native else "the explorer")
        case NotAllExpanded(expanded, states):
            return f"the native explorer expanded {expanded:,} of {states:,} states"
        case NotAllEntered(entered, states):
            return f"the table of the native explorer has {entered:,} of {states:,} states"
        case OtherCounts(first_count, second_count, depth):
            return (
                f"the two explorers count different numbers of states: {first_count} and {second_count} of less than"
                f" {depth} steps"
            )
        case OtherProperties(said, made):
            return f"{said} properties became {made}"
        case OtherProperty(name, other):
            return f"the property {name} became {other}"
        case OtherAspect(property, what):
            return f"of the property {property} {_aspect_words(what)} is another"
        case _:
            assert_never(why)


def _broken_words(how: Broken, explorer: str) -> str:
    match how:
        case Broken.NO_STEP_TO:
            return f"no step leads to a state that {explorer} found"
        case Broken.UNKNOWN_STEP:
            return f"{explorer} saw a step that the system has not"
        case Broken.STATES_CONFUSED:
            return f"{explorer} takes two states for one"
        case _:
            assert_never(how)


def _aspect_words(aspect: Aspect) -> str:
    match aspect:
        case Aspect.KIND:
            return "the kind"
        case Aspect.EXISTENTIAL:
            return "whether one run is enough"
        case Aspect.APPLIES:
            return "whether it applies"
        case Aspect.DEADLOCK:
            return "whether it is about deadlock states"
        case Aspect.STUCK:
            return "whether it is about stuck states"
        case Aspect.AT_REST:
            return "whether it is judged at rest"
        case _:
            assert_never(aspect)


def contradiction_words(why: Contradicting) -> str:
    """That two engines contradict each other."""
    (first, one), (second, other) = why.first, why.second
    kept = "" if why.kept is None else f"; what both rest on is in {why.kept}"
    return f"{first} says {one}, {second} says {other} about the same property{kept}"


def overlooked_words(why: Overlooked) -> str:
    """That the interpreter finds what an engine has not found."""
    within = "" if why.depth is None else f" within {why.depth} steps"
    return f"about `{why.property}`: {why.engine} finds nothing{within}, and the interpreter does in {why.length}"


def absurdity_words(what: Absurdity) -> str:
    """What happens although it was said to be impossible."""
    match what:
        case KindNotAsked(kind):
            return f"`{kind}` is not asked about"
        case RunsAfterAll(process, property):
            return f"`{process}` runs, which `{property}` is said to miss"
        case ReachedAfterAll(label, property):
            return f"control gets to `{label}`, which `{property}` is said to miss"
        case Happens(steps, key, told):
            after = f"after {steps} steps" if steps else "in the initial state"
            match told:
                case NotReplayed():
                    return f"something {after} (the interpreter does not take them: {replay_words(told)})"
                case Unseen.NOT_SEEN:
                    return f"something {after} that the interpreter does not see"
                case _:
                    obligation = "" if key is None else f"{key[0]}({key[1]}): "
                    return f"{obligation}{detail_text(told)}, {after}"
        case _:
            assert_never(what)
