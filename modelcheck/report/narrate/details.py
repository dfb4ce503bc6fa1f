"""What is wrong where a property is violated, in words."""

from __future__ import annotations

from typing import assert_never

from modelcheck.model.balance import Imbalance
from modelcheck.report.words import listing
from modelcheck.result import details
from modelcheck.result.details import Closing, Detail, Mode, Values
from modelcheck.result.trace import Finding

#: How many values are told of what a condition reads.
READINGS = 4


def finding_text(finding: Finding) -> str:
    """What a finding says."""
    return detail_text(finding.detail)


def detail_text(detail: Detail) -> str:
    """One sentence without a full stop."""
    match detail:
        case (
            details.ThroughNull()
            | details.ThroughStale()
            | details.FreesNull()
            | details.FreedTwice()
            | details.FreedLocked()
            | details.FreedActive()
            | details.PoolFull()
            | details.ReadUnassigned()
            | details.OutsideIndex()
            | details.DividesByZero()
            | details.NoValue()
            | details.LeavesRange()
            | details.StartsOutside()
        ):
            return _memory(detail)
        case (
            details.UnfrozenWrongly()
            | details.WrittenFrozen()
            | details.BelowZero()
            | details.RaisedFromZero()
            | details.AtomicLeavesRange()
        ):
            return _atomic(detail)
        case (
            details.SleepsUnderLock()
            | details.SleepsInAtomic()
            | details.SleepsNotRunning()
            | details.TakenAgain()
            | details.NotLocked()
            | details.NotItsHolder()
            | details.StillHeld()
            | details.Unbalanced()
        ):
            return _lock(detail)
        case details.OutsideSection() | details.WaitsForItself() | details.QueuedTwice():
            return _rcu(detail)
        case (
            details.ReadByGuard()
            | details.FreedWhileTrue()
            | details.Unreferenced()
            | details.NobodyMoves()
            | details.NeverEnds()
            | details.NothingClaimed()
        ):
            return _end(detail)
        case (
            details.AssertionFails() | details.RequirementFails() | details.ConditionFails() | details.ConditionHolds()
        ):
            return _condition(detail)
        case (
            details.EventOccurs()
            | details.HappensAlthough()
            | details.HappensBefore()
            | details.TooOften()
            | details.OutsideWindow()
            | details.WindowOpenedAgain()
            | details.NeverOccurred()
        ):
            return _event(detail)
        case _:
            assert_never(detail)


def _memory(
    detail: details.ThroughNull
    | details.ThroughStale
    | details.FreesNull
    | details.FreedTwice
    | details.FreedLocked
    | details.FreedActive
    | details.PoolFull
    | details.ReadUnassigned
    | details.OutsideIndex
    | details.DividesByZero
    | details.NoValue
    | details.LeavesRange
    | details.StartsOutside,
) -> str:
    match detail:
        case details.ThroughNull(place, object_):
            return f"`{place}` goes through a null reference to {object_}"
        case details.ThroughStale(place, object_, reused, reading):
            again = ", and its memory is in use again" if reused else ""
            goes = "is read" if reading else "goes"
            return f"`{place}` {goes} through a stale reference: {object_} was freed{again}"
        case details.FreesNull(argument):
            return f"free({argument}): the reference is null"
        case details.FreedTwice(object_):
            return f"{object_} is freed a second time"
        case details.FreedLocked(object_, lock):
            return f"{object_} is freed while {lock} is locked"
        case details.FreedActive(object_, item):
            return f"{object_} is freed while its {item} is pending"
        case details.PoolFull(object_, slots):
            return f"all {slots} slots of {object_} are in use"
        case details.ReadUnassigned(place):
            return f"`{place}` is read before it was assigned"
        case details.OutsideIndex(place, index, low, high):
            if high < low:
                return f"`{place}`: there is no element"
            return f"`{place}`: index {index} is outside {low}..{high}"
        case details.DividesByZero(expression):
            return f"`{expression}` divides by zero"
        case details.NoValue(expression):
            return f"`{expression}`: there is no value"
        case details.LeavesRange(place, value, bounds):
            shown = "" if bounds is None else f" {bounds[0]}..{bounds[1]}"
            return f"`{place}` would become {value}, outside its range{shown}"
        case details.StartsOutside(place, value):
            return f"`{place}` would start with {value}, outside its range"
        case _:
            assert_never(detail)


def _atomic(
    detail: details.UnfrozenWrongly
    | details.WrittenFrozen
    | details.BelowZero
    | details.RaisedFromZero
    | details.AtomicLeavesRange,
) -> str:
    match detail:
        case details.UnfrozenWrongly(place, number, frozen):
            return f"`{place}` is unfrozen while it is {number}, {'frozen' if frozen else 'not frozen'}"
        case details.WrittenFrozen(place, operator):
            return f"`{place}` is written ({operator}) while it is frozen"
        case details.BelowZero(place, operator):
            return f"`{place}` would fall below 0 ({operator})"
        case details.RaisedFromZero(place, number, operator):
            return f"`{place}` goes from 0 to {number} ({operator})"
        case details.AtomicLeavesRange(place, number, operator, low, high):
            bounds = f"below {low}" if high is None else f"outside {low}..{high}"
            return f"`{place}` would become {number} ({operator}), {bounds}"
        case _:
            assert_never(detail)


def _rcu(detail: details.OutsideSection | details.WaitsForItself | details.QueuedTwice) -> str:
    match detail:
        case details.OutsideSection(what):
            return f"{what} outside of the read section that it needs"
        case details.WaitsForItself(what):
            return f"{what} waits for all readers, and the process itself is one"
        case details.QueuedTwice(what):
            return f"{what} queues an rcu_head that is queued already"
        case _:
            assert_never(detail)


def _lock(
    detail: details.SleepsUnderLock
    | details.SleepsInAtomic
    | details.SleepsNotRunning
    | details.TakenAgain
    | details.NotLocked
    | details.NotItsHolder
    | details.StillHeld
    | details.Unbalanced,
) -> str:
    match detail:
        case details.SleepsUnderLock(what, lock):
            return f"{what} may sleep while {lock} is held"
        case details.SleepsNotRunning(what):
            return f"{what} may sleep, and the task state is not TASK_RUNNING: it does not stay what it was"
        case details.SleepsInAtomic(what):
            return f"{what} may sleep in a handler, or with interrupts, softirqs or preemption off"
        case details.TakenAgain(lock):
            return f"{lock} is taken by the process that already holds it"
        case details.NotLocked(lock, mode):
            match mode:
                case Mode.PLAIN:
                    return f"{lock} is unlocked, but it is not locked"
                case Mode.WRITING:
                    return f"{lock} is unlocked, but not locked for writing"
                case Mode.READING:
                    return f"{lock} is read-unlocked, but has no readers"
                case _:
                    assert_never(mode)
        case details.NotItsHolder(lock, reading):
            if reading:
                return f"{lock} is read-unlocked by a process that does not hold it for reading"
            return f"{lock} is unlocked by a process that does not hold it"
        case details.StillHeld(process, lock):
            return f"{process} is finished and still holds {lock}"
        case details.Unbalanced(process, how):
            return _unbalanced(process, how)
        case _:
            assert_never(detail)


def _unbalanced(process: str, how: Imbalance) -> str:
    match how:
        case Imbalance.BELOW:
            return f"{process} switches on what it has not switched off"
        case Imbalance.RESTORED:
            return f"{process} restores the interrupt flags with interrupts on"
        case Imbalance.SOFTIRQS_FIRST:
            return f"{process} switches softirqs on while interrupts are off"
        case Imbalance.LEFT:
            return f"{process} has ended, and something that it switched off is still off"
        case _:
            assert_never(how)


def _end(
    detail: details.ReadByGuard
    | details.FreedWhileTrue
    | details.Unreferenced
    | details.NobodyMoves
    | details.NeverEnds
    | details.NothingClaimed,
) -> str:
    match detail:
        case details.ReadByGuard(where, read):
            return f"{_standing(where)}: {detail_text(read)}"
        case details.FreedWhileTrue(object_, where):
            return f"{object_} is freed while there is something to do for {_standing(where)}: the guard is true"
        case details.Unreferenced(object_):
            return f"everything is finished, and nothing refers to {object_} any more"
        case details.NobodyMoves(waiting):
            return f"no process can move: {listing(waiting)} {'waits' if len(waiting) == 1 else 'wait'} for ever"
        case details.NeverEnds(unconfirmed):
            left = f" (not confirmed by the interpreter beyond {unconfirmed:,} states)" if unconfirmed else ""
            return f"whatever happens from here on, some process never comes to its end{left}"
        case details.NothingClaimed():
            return "nothing is claimed about where it ends"
        case _:
            assert_never(detail)


def _standing(where: details.Standing) -> str:
    return f"{where.process}, which {'waits' if where.waits else 'rests'} in `{where.code}`"


def _condition(
    detail: details.AssertionFails | details.RequirementFails | details.ConditionFails | details.ConditionHolds,
) -> str:
    match detail:
        case details.AssertionFails(statement, name, condition, read):
            return f"{_assertion(statement, name, condition)}{_read(condition, read)}"
        case details.RequirementFails(callback, condition):
            return f"{callback} is called, but its requirement `{condition}` is false"
        case details.ConditionFails(condition, bound, read):
            return f"`{condition}` is false{_bound(bound)}{_read(condition, read)}"
        case details.ConditionHolds(condition, bound):
            return f"`{condition}` holds{_bound(bound)}"
        case _:
            assert_never(detail)


def _assertion(statement: str, name: str, condition: str) -> str:
    if statement.startswith(("BUG_ON", "WARN_ON")):
        return f"`{statement}` triggers"
    return f"the assertion `{condition}` is false" if name in condition else f"assertion {name}: `{condition}` is false"


def _bound(bound: Values) -> str:
    return f" for {', '.join(f'{name} = {value}' for name, value in bound)}" if bound else ""


def _read(condition: str, values: Values) -> str:
    """``: x is 3, p->count is 0``, or nothing if the condition itself is all that was read."""
    read = dict(values)
    if condition in read:
        return ""
    told = ", ".join(f"{text} is {value}" for text, value in list(read.items())[:READINGS])
    return f": {told}" if told else ""


def _event(
    detail: details.EventOccurs
    | details.HappensAlthough
    | details.HappensBefore
    | details.TooOften
    | details.OutsideWindow
    | details.WindowOpenedAgain
    | details.NeverOccurred,
) -> str:
    match detail:
        case details.EventOccurs(event, impossible):
            return f"`{event}` occurs" if impossible else f"{event} occurred"
        case details.HappensAlthough(event, condition):
            return f"{event} happens although {detail_text(condition)}"
        case details.HappensBefore(event, needed):
            return f"{event} happens without {needed} before it"
        case details.TooOften(event, limit, window):
            if limit == 0:
                return f"{event} must never happen"
            times = "twice" if limit == 1 else f"{limit + 1} times"
            return f"{event} occurred {times}" + (f" for one {window}" if window else "")
        case details.OutsideWindow(event, window):
            return f"{event} occurred without {window}"
        case details.WindowOpenedAgain(window):
            return f"{window} occurred again before the one before it was over"
        case details.NeverOccurred(event, window, closing, object_):
            match closing:
                case Closing.AGAIN:
                    return f"{window} occurred again, and there was no {event} for the one before it"
                case Closing.REUSED:
                    return f"{object_} is allocated again, and there was no {event} for {window}"
                case Closing.FINISHED:
                    return f"everything is finished, and there was no {event}" + (f" for {window}" if window else "")
                case _:
                    assert_never(closing)
        case _:
            assert_never(detail)
