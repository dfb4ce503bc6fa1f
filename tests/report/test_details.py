"""What is wrong where a property is violated is data, and has one sentence."""

from __future__ import annotations

from typing import get_args

import pytest

from modelcheck.model.balance import Imbalance
from modelcheck.report.narrate.details import detail_text
from modelcheck.result import details
from modelcheck.result.details import Closing, Detail, Mode

WAITS = details.Standing("reader[0]", "when (slot != null);", waits=True)
RESTS = details.Standing("reader[0]", "when (slot != null);", waits=False)
STALE = details.ThroughStale("p->x", "Page[0]", reused=False, reading=True)

SENTENCES: list[tuple[Detail, str]] = [
    (details.ThroughNull("p->x", "Page"), "`p->x` goes through a null reference to Page"),
    (STALE, "`p->x` is read through a stale reference: Page[0] was freed"),
    (
        details.ThroughStale("p->x", "Page[0]", reused=True, reading=False),
        "`p->x` goes through a stale reference: Page[0] was freed, and its memory is in use again",
    ),
    (details.FreesNull("p"), "free(p): the reference is null"),
    (details.FreedTwice("Page[0]"), "Page[0] is freed a second time"),
    (details.FreedActive("Dev[0]", "tick"), "Dev[0] is freed while its tick is pending"),
    (details.FreedLocked("Page[0]", "Page[0].lock"), "Page[0] is freed while Page[0].lock is locked"),
    (details.PoolFull("Page", 2), "all 2 slots of Page are in use"),
    (details.ReadUnassigned("x"), "`x` is read before it was assigned"),
    (details.OutsideIndex("a[i]", 3, 0, 2), "`a[i]`: index 3 is outside 0..2"),
    (details.DividesByZero("a / b"), "`a / b` divides by zero"),
    (details.NoValue("the(o)"), "`the(o)`: there is no value"),
    (details.LeavesRange("x", "4", (0, 3)), "`x` would become 4, outside its range 0..3"),
    (details.LeavesRange("x", "4", None), "`x` would become 4, outside its range"),
    (details.StartsOutside("x", "4"), "`x` would start with 4, outside its range"),
    (details.UnfrozenWrongly("c", 1, frozen=True), "`c` is unfrozen while it is 1, frozen"),
    (details.UnfrozenWrongly("c", 0, frozen=False), "`c` is unfrozen while it is 0, not frozen"),
    (details.WrittenFrozen("c", "inc"), "`c` is written (inc) while it is frozen"),
    (details.BelowZero("c", "dec"), "`c` would fall below 0 (dec)"),
    (details.RaisedFromZero("c", 1, "inc"), "`c` goes from 0 to 1 (inc)"),
    (details.AtomicLeavesRange("c", -1, "dec", 0, None), "`c` would become -1 (dec), below 0"),
    (details.AtomicLeavesRange("c", 4, "inc", 0, 3), "`c` would become 4 (inc), outside 0..3"),
    (details.SleepsUnderLock("hook()", "guard"), "hook() may sleep while guard is held"),
    (
        details.SleepsNotRunning("lock(m)"),
        "lock(m) may sleep, and the task state is not TASK_RUNNING: it does not stay what it was",
    ),
    (details.OutsideSection("rcu_dereference(p)"), "rcu_dereference(p) outside of the read section that it needs"),
    (
        details.WaitsForItself("synchronize_rcu()"),
        "synchronize_rcu() waits for all readers, and the process itself is one",
    ),
    (details.QueuedTwice("call_rcu(&p->rcu, f)"), "call_rcu(&p->rcu, f) queues an rcu_head that is queued already"),
    (details.Unbalanced("p", Imbalance.BELOW), "p switches on what it has not switched off"),
    (details.Unbalanced("p", Imbalance.RESTORED), "p restores the interrupt flags with interrupts on"),
    (details.Unbalanced("p", Imbalance.SOFTIRQS_FIRST), "p switches softirqs on while interrupts are off"),
    (details.Unbalanced("p", Imbalance.LEFT), "p has ended, and something that it switched off is still off"),
    (details.SleepsInAtomic("hook()"), "hook() may sleep in a handler, or with interrupts, softirqs or preemption off"),
    (details.TakenAgain("guard"), "guard is taken by the process that already holds it"),
    (details.NotLocked("guard", Mode.PLAIN), "guard is unlocked, but it is not locked"),
    (details.NotLocked("guard", Mode.WRITING), "guard is unlocked, but not locked for writing"),
    (details.NotLocked("guard", Mode.READING), "guard is read-unlocked, but has no readers"),
    (details.NotItsHolder("guard", reading=False), "guard is unlocked by a process that does not hold it"),
    (
        details.NotItsHolder("guard", reading=True),
        "guard is read-unlocked by a process that does not hold it for reading",
    ),
    (details.StillHeld("p", "guard"), "p is finished and still holds guard"),
    (
        details.ReadByGuard(WAITS, STALE),
        "reader[0], which waits in `when (slot != null);`: `p->x` is read through a stale reference: Page[0] was freed",
    ),
    (
        details.FreedWhileTrue("Page[0]", RESTS),
        "Page[0] is freed while there is something to do for reader[0], which rests in `when (slot != null);`: "
        "the guard is true",
    ),
    (details.Unreferenced("Page[0]"), "everything is finished, and nothing refers to Page[0] any more"),
    (details.NobodyMoves(("p",)), "no process can move: p waits for ever"),
    (details.NobodyMoves(("p", "q", "r")), "no process can move: p, q and r wait for ever"),
    (details.NeverEnds(), "whatever happens from here on, some process never comes to its end"),
    (
        details.NeverEnds(6_000),
        "whatever happens from here on, some process never comes to its end (not confirmed by the interpreter "
        "beyond 6,000 states)",
    ),
    (details.AssertionFails("assert a: x < 3;", "a", "x < 3", (("x", "3"),)), "assertion a: `x < 3` is false: x is 3"),
    (details.AssertionFails("assert x < 3;", "x < 3", "x < 3", ()), "the assertion `x < 3` is false"),
    (details.AssertionFails("BUG_ON(x)", "x", "!x", (("x", "1"),)), "`BUG_ON(x)` triggers: x is 1"),
    (details.RequirementFails("hook", "p != null"), "hook is called, but its requirement `p != null` is false"),
    (
        details.ConditionFails("p->x < y", (("p", "Page[0]"), ("i", "1")), (("p->x", "2"), ("y", "2"))),
        "`p->x < y` is false for p = Page[0], i = 1: p->x is 2, y is 2",
    ),
    (details.ConditionFails("done", (), (("done", "false"),)), "`done` is false"),
    (details.ConditionHolds("x == 1"), "`x == 1` holds"),
    (details.ConditionHolds("p->x == 1", (("p", "Page[0]"),)), "`p->x == 1` holds for p = Page[0]"),
    (details.EventOccurs("freed(Page[0])"), "freed(Page[0]) occurred"),
    (details.EventOccurs("freed(Page[0])", impossible=True), "`freed(Page[0])` occurs"),
    (
        details.HappensAlthough("freed(Page[0])", details.ConditionFails("x", (), ())),
        "freed(Page[0]) happens although `x` is false",
    ),
    (details.HappensBefore("freed(_)", "new Page[0]"), "freed(_) happens without new Page[0] before it"),
    (details.TooOften("freed(_)", 0, ""), "freed(_) must never happen"),
    (details.TooOften("freed(_)", 1, "new Page[0]"), "freed(_) occurred twice for one new Page[0]"),
    (details.TooOften("freed(_)", 3, ""), "freed(_) occurred 4 times"),
    (details.OutsideWindow("freed(_)", "new Page[0]"), "freed(_) occurred without new Page[0]"),
    (details.WindowOpenedAgain("new Page[0]"), "new Page[0] occurred again before the one before it was over"),
    (
        details.NeverOccurred("freed(_)", "new Page[0]", Closing.AGAIN),
        "new Page[0] occurred again, and there was no freed(_) for the one before it",
    ),
    (
        details.NeverOccurred("freed(_)", "taken(Page[0])", Closing.REUSED, "Page[0]"),
        "Page[0] is allocated again, and there was no freed(_) for taken(Page[0])",
    ),
    (
        details.NeverOccurred("freed(_)", "", Closing.FINISHED),
        "everything is finished, and there was no freed(_)",
    ),
    (
        details.NeverOccurred("freed(_)", "new Page[0]", Closing.FINISHED),
        "everything is finished, and there was no freed(_) for new Page[0]",
    ),
    (details.NothingClaimed(), "nothing is claimed about where it ends"),
]


@pytest.mark.parametrize(("detail", "sentence"), SENTENCES, ids=lambda each: type(each).__name__)
def test_each_has_its_sentence(detail: Detail, sentence: str) -> None:
    assert detail_text(detail) == sentence


def test_all_are_told_apart() -> None:
    assert {type(detail) for detail, _ in SENTENCES} == set(get_args(Detail))
    assert len({sentence for _, sentence in SENTENCES}) == len(SENTENCES)


def test_of_what_a_condition_reads_a_few_values_are_told() -> None:
    read = tuple((f"x{number}", str(number)) for number in range(9))
    assert detail_text(details.ConditionFails("all", (), read)) == "`all` is false: x0 is 0, x1 is 1, x2 is 2, x3 is 3"
