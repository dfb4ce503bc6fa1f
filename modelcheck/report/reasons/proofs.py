"""What solvers and proofs do not say, and what proofs rest on, in words."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ir.uncountable import (
    AsksHowMany,
    Holder,
    HoldsIdentity,
    InitialGrows,
    InitialNotSum,
    InstancesDiffer,
    Part,
    SeveralClasses,
    ToldApart,
    Uncountable,
    Uncounted,
    Unprovable,
)
from modelcheck.report.reasons.stops import stop_words
from modelcheck.result.reasons.lengths import (
    Depths,
    Inexpressible,
    NoneLonger,
    NoRun,
    NotEncoded,
    NotEncodedAt,
    NotTried,
    NoViolation,
    ShorterNotExcluded,
    SolverSaid,
    TooManyBits,
)
from modelcheck.result.reasons.proofs import (
    AlsoSpacer,
    AnyNumberOf,
    AnySize,
    CountedStatesLeft,
    FewAnswers,
    FoundViolated,
    InvariantFalse,
    Judge,
    LocalStateNotCounted,
    NoInvariant,
    NoProof,
    NotAsked,
    NotAttempted,
    NotConfirmed,
    NotDefined,
    NotEvaluable,
    NotForSolvers,
    NotFound,
    NotWritten,
    OtherSuccessors,
    OtherViolations,
    ProofNotConfirmed,
    Proved,
    Scope,
    SecondNotDone,
    SecondNotRun,
    SpacerDied,
    SpacerSaid,
    SpacerUnreadable,
    Unlike,
    Unproved,
    ViolatedByFormulas,
    WrongAnswer,
)
from modelcheck.result.reasons.stops import Stop


def inexpressible_words(why: Inexpressible) -> str:
    """What a solver cannot be told."""
    match why:
        case NotEncoded.UNBOUNDED:
            return "an integer has no bound"
        case NotEncoded.NEGATIVE_SHIFT:
            return "the amount of a shift may be negative"
        case NotEncoded.UNBOUNDED_SHIFT:
            return "the amount of a shift has no bound"
        case TooManyBits(bits):
            return f"an integer needs {bits} bits"
        case _:
            assert_never(why)


def depths_words(why: Depths | ShorterNotExcluded) -> str:
    """Why bounded model checking goes no further."""
    match why:
        case Stop():
            return stop_words(why)
        case SolverSaid(solver, said):
            return f"{solver}: {said}"
        case NoRun.INITIAL_FAULT:
            return "no run goes on: the initial state faults"
        case NoRun.HARMLESS:
            return "no step and no state can violate it"
        case NotTried(steps):
            return f"no run of more than {steps} steps was tried"
        case NoneLonger(steps, violating=False):
            return f"no run has more than {steps} steps"
        case NoneLonger(steps):
            return f"no run of more than {steps} steps can end in a violation"
        case NotEncodedAt(what, depth):
            return f"{inexpressible_words(what)} (at depth {depth})"
        case NoViolation(steps):
            return f"z3 took a run of {steps} steps for a violation, and it is none"
        case ShorterNotExcluded(length, reason):
            because = "" if reason is None else depths_words(reason)
            return f"one of {length} steps is known, but a shorter one is not ruled out: {because}"
        case _:
            assert_never(why)


def proof_words(why: Proved | NoProof | NotAttempted | ProofNotConfirmed) -> str:
    """What a proof rests on, or why there is none."""
    match why:
        case Proved(scope, lemmas, solver):
            return f"for {_scope_words(scope)}: {lemmas} lemmas, confirmed by {solver}"
        case NoProof(reason, any_number=True):
            return f"no proof for any number: {unproved_words(reason)}"
        case NoProof(reason):
            return f"no proof: {unproved_words(reason)}"
        case NotAttempted.INITIAL_FAULT:
            return "the initial state faults"
        case NotAttempted.GROWS_TOO_FAST:
            return "the integers grow too fast to guess from"
        case NotAttempted.OTHER_SUCCESSORS:
            return "what is proved and what is explored disagree about the successors of a state"
        case ProofNotConfirmed(reason):
            return f"z3 finds a proof, but it was not confirmed: {confirmation_words(reason)}"
        case _:
            assert_never(why)


def _scope_words(scope: Scope) -> str:
    match scope:
        case AnyNumberOf(process):
            return f"any number of {process}"
        case AnySize():
            return "integers of any size"
        case _:
            assert_never(scope)


def unproved_words(why: Unproved) -> str:
    """Why a property is not proved."""
    match why:
        case NotFound.ESCAPED:
            return "an instance may come to look as in no small number of instances"
        case NotFound.MISLED:
            return "the samples show too little of what is reachable"
        case NotFound.TOO_WIDE:
            return "an integer of more than 64 bits turned up"
        case NotFound.NOT_WITH_TWO:
            return "it does not apply to two instances"
        case NotFound.NOT_IMPLIED:
            return "the lemmas that were found do not imply it"
        case NotFound.VIOLATED_BY_MORE:
            return "a larger number of instances violates it"
        case NotForSolvers(reason):
            return f"the model cannot be given to a solver: {inexpressible_words(reason)}"
        case Stop():
            return stop_words(why)
        case SolverSaid(solver, said):
            return f"{solver}: {said}"
        case Unprovable.STUCK:
            return "induction cannot prove that an end is always reachable"
        case Unprovable.INITIALLY:
            return "the code before the first step violates it"
        case AlsoSpacer(first, spacer):
            return f"{unproved_words(first)}; Spacer: {_spacer_words(spacer)}"
        case _:
            return uncountable_words(why)


def _spacer_words(why: NoInvariant) -> str:
    match why:
        case SpacerSaid.VIOLATION:
            return "it finds a violation in what is proved about, which may be an abstraction"
        case SpacerSaid.NOT_NAMED:
            return "it finds an invariant and does not say which"
        case SpacerSaid.TOO_LONG:
            return "its invariant is too long"
        case SpacerDied(said):
            return f"it failed: {said}"
        case SpacerUnreadable(flaw):
            return f"its invariant cannot be read: {flaw}"
        case Stop():
            return stop_words(why)
        case SolverSaid(solver, said):
            return f"{solver}: {said}"
        case NotEncoded() | TooManyBits():
            return inexpressible_words(why)
        case _:
            assert_never(why)


def uncountable_words(why: Uncountable) -> str:
    """Why instances, or a condition over them, cannot be counted."""
    match why:
        case Uncounted():
            return _uncounted_words(why)
        case ToldApart(process):
            return f"something tells the instances of {process} apart"
        case InstancesDiffer(process, variables):
            return f"the instances of {process} differ" + ("" if variables is None else f": {' and '.join(variables)}")
        case SeveralClasses(names):
            return f"more than one class runs in any number: {', '.join(names)}"
        case HoldsIdentity(holder, process):
            return f"{_holder_words(holder)} holds or ranges over the identity of {process}"
        case AsksHowMany(holder, process):
            return f"{_holder_words(holder)} asks how many {process} there are"
        case InitialNotSum(variable):
            return f"the initial value of {variable} is not a sum"
        case InitialGrows(variable):
            return f"the initial value of {variable} depends on the number of instances"
        case _:
            assert_never(why)


def _uncounted_words(why: Uncounted) -> str:
    match why:
        case Uncounted.SINGLE_IN_STEP:
            return "a condition of a step is about single instances"
        case Uncounted.SINGLE:
            return "a condition is about a single instance"
        case Uncounted.TREATED_DIFFERENTLY:
            return "a step treats the instances differently"
        case Uncounted.THIRD_INSTANCE:
            return "what a step does to another instance depends on a third one"
        case Uncounted.DATA_DEPENDENT_TARGET:
            return "where a step leads depends on data"
        case Uncounted.NOT_LINEAR:
            return "a sum over the instances is not linear"
        case Uncounted.GROWING_VALUE:
            return "a value without bound grows"
        case Uncounted.GROWING_INITIAL_VALUE:
            return "an initial value grows out of its bounds"
        case Uncounted.OTHER_SUCCESSORS:
            return "the abstraction and the system disagree about the successors of a state"
        case Uncounted.OTHER_CONDITION:
            return "the abstraction and the system disagree about a condition over all instances"
        case Uncounted.OTHER_VARIABLES:
            return "the variables depend on the number of instances"
        case Uncounted.OTHER_BOUNDS:
            return "the bounds of a variable depend on the number of instances"
        case Uncounted.FIELD_LEFT:
            return "a value leaves its field"
        case Uncounted.INITIAL_FAULT:
            return "the initial state faults"
        case _:
            assert_never(why)


def _holder_words(holder: Holder) -> str:
    match holder.part:
        case Part.SHARED:
            return f"shared {holder.name}"
        case Part.DECLARATION:
            return holder.name
        case Part.INITIAL_STATE:
            return "the initial state"
        case _:
            assert_never(holder.part)


def confirmation_words(why: NotConfirmed) -> str:
    """Why a proof, or a certificate, is not confirmed."""
    match why:
        case Unlike.NOTHING_COMPARABLE:
            return "no state can be told in the variables of the proof"
        case Unlike.NO_TWO_COMPARABLE:
            return "no state with two instances can be told in the variables of the proof"
        case Unlike.INITIAL_FAULT:
            return "the initial state faults in the interpreter"
        case Unlike.MOVES:
            return "the system and the interpreter can make different moves"
        case Unlike.LOCAL_STATE:
            return "an instance is in a local state that is not counted"
        case LocalStateNotCounted(instances):
            return f"with {instances} instances, one is in a local state that is not counted"
        case FoundViolated(by, property, instances):
            return f"{_judge_words(by)} finds {property} violated {_reachable(instances)}"
        case InvariantFalse(instances, explored=True):
            where = "" if instances is None else f" with {instances} instances"
            return f"the invariant is false in a state that exploration reaches{where}"
        case InvariantFalse(instances):
            return f"the invariant is false {_reachable(instances)}"
        case ViolatedByFormulas(property, instances):
            return f"{property} is violated {_reachable(instances)}, by the formulas of the certificate"
        case OtherSuccessors(instances, given, common, right, by):
            return (
                f"{_reachable(instances)} the formulas give {given} successors, {common} of them those {right} that"
                f" {_judge_words(by)} gives"
            )
        case OtherViolations(property):
            return f"the formulas and the elaborated system disagree about when {property} is violated"
        case CountedStatesLeft(step):
            return f"the formulas of step {step} leave the counted states in a reachable state"
        case NotEvaluable(flaw):
            return f"the certificate cannot be evaluated: {flaw}"
        case NotDefined(name):
            return f"the certificate does not define {name!r}"
        case NotWritten(flaw):
            said = inexpressible_words(flaw) if not isinstance(flaw, str) else flaw or "its lemmas cannot be read back"
            return f"no certificate can be written: {said}"
        case NotAsked(question):
            return f"the certificate does not ask whether {question}"
        case WrongAnswer(question, given, expected):
            return f"cvc5 answers {given} to `{question}`, not {expected}"
        case FewAnswers(few, asked):
            return f"cvc5 gave {few} answers to {asked} questions"
        case SecondNotDone(seconds):
            return f"cvc5 did not finish within {seconds:.0f} s"
        case SecondNotRun(said):
            return f"cvc5 could not be run: {said}"
        case _:
            assert_never(why)


def _reachable(instances: int | None) -> str:
    return "in a reachable state" + ("" if instances is None else f" of {instances} instances")


def _judge_words(judge: Judge) -> str:
    match judge:
        case Judge.INTERPRETER:
            return "the interpreter"
        case Judge.STEPS:
            return "the elaborated steps"
        case _:
            assert_never(judge)
