"""What cuts a green answer, from answers alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.checking.cuts import Cut, cuts
from modelcheck.language.pipeline import Loaded
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.checked import Checked
from modelcheck.result.reasons.stops import Vacuous
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict

MODEL = (
    Loaded(
        parse_text(
            """
        model small;
        object N pool 1 { }
        shared n : 0..3 = 0;
        process p { local a : ref N = new N; n = n + 1; free(a); }
        invariant few : n < 2;
        final end : n == 1;
        obligation fits : range(n), leak(N);
        obligation memory : use_after_free(N), double_free(N), null_deref(N), pool_exhausted(N);
        obligation hang : deadlock;
        obligation rest : stuck;
        scenario s { run p; }
        """,
            "small.mc",
        )
    )
    .edited()
    .resolved()
    .model
)
NUMBER = {prop.name: prop.id for prop in MODEL.properties}
PROVED = (Verdict.HOLDS, EvidenceKind.PROVED)
FEW, END, FITS, MEMORY, HANG = (NUMBER[name] for name in ("few", "end", "fits", "memory", "hang"))


def cut_by(
    *others: Answer, complete: bool = False, faults: frozenset[int] = frozenset(), deadlocked: bool = False
) -> dict[int, Cut]:
    """By what `few` and `end` are cut, if they and all but the ``others`` are proved. ``deadlocked``: of `end`."""
    answers = {
        p.id: Answer(p.id, *PROVED, "induction", deadlocked=p.id == END and deadlocked) for p in MODEL.properties
    }
    answers.update((answer.property, answer) for answer in others)
    found = cuts(MODEL, Checked(tuple(answers.values()), faults=faults, complete=complete))
    return {id: found[id] for id in (FEW, END) if id in found}


def said(property: int, verdict: Verdict) -> Answer:
    return Answer(property, verdict, EvidenceKind.NONE, "some")


def test_nothing_cuts_what_is_proved_beside_what_is_proved() -> None:
    assert cut_by() == {}


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.BOUNDED, Verdict.ERROR])
def test_a_fault_that_is_open_cuts_all_the_rest(verdict: Verdict) -> None:
    assert cut_by(said(FITS, verdict)) == {FEW: Cut((), (FITS,)), END: Cut((), (FITS,))}


def test_what_is_not_judged_at_the_end_is_judged_before_it() -> None:
    assert cut_by(replace(said(FITS, Verdict.ERROR), reason=Vacuous())) == {}


def test_a_violation_without_a_fault_says_nothing_about_faults() -> None:
    """Reading freed memory is no fault; whether something is written to it is open."""
    assert cut_by(said(MEMORY, Verdict.VIOLATED)) == {FEW: Cut((), (MEMORY,)), END: Cut((), (MEMORY,))}
    assert cut_by(said(MEMORY, Verdict.VIOLATED), complete=True) == {}


def test_a_fault_that_is_reached_cuts_all_the_rest() -> None:
    expected = {FEW: Cut((MEMORY,)), END: Cut((MEMORY,))}
    reached = frozenset({MEMORY})
    assert cut_by(said(MEMORY, Verdict.VIOLATED), faults=reached) == expected
    assert cut_by(said(MEMORY, Verdict.VIOLATED), faults=reached, complete=True) == expected


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.BOUNDED, Verdict.VIOLATED])
def test_a_deadlock_that_may_be_cuts_what_is_judged_at_the_end(verdict: Verdict) -> None:
    assert cut_by(said(HANG, verdict)) == {END: Cut((), (HANG,))}
    assert cut_by(said(HANG, verdict), complete=True) == {}


def test_what_is_false_in_a_deadlock_is_cut_by_it() -> None:
    assert cut_by(said(HANG, Verdict.VIOLATED), deadlocked=True) == {END: Cut((HANG,))}
    assert cut_by(said(HANG, Verdict.VIOLATED), deadlocked=True, complete=True) == {END: Cut((HANG,))}


def test_nothing_cuts_what_does_not_hold() -> None:
    assert END not in cut_by(said(FITS, Verdict.UNKNOWN), said(END, Verdict.VIOLATED))
