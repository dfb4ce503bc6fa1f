"""Models with unbounded integers and fixed numbers of processes: proved, violated, or honestly neither."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modelcheck.checking.run import check_model
from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.induction.fallback import ask_spacer
from modelcheck.engines.induction.fixed import grows, prove_fixed, sample
from modelcheck.engines.induction.guesses.candidates import Guess, columns
from modelcheck.engines.induction.guesses.relations import guess_relations
from modelcheck.engines.induction.invariant import prove
from modelcheck.engines.induction.samples.vectors import Columns
from modelcheck.engines.induction.subject import fixed
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.passes.constants import fold_constants
from modelcheck.ir.system import System, has_unbounded_integers
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.proof import Request
from modelcheck.result.reasons.proofs import NotFound
from modelcheck.result.verdict import EvidenceKind, Verdict
from modelcheck.semantics.elaborate import elaborate

TICKETS = """
model tickets;
shared next : int = 0;
shared owner : int = 0;
process thread {
    loop quiescent {
        local ticket : int;
 draw:  atomic { ticket = next; next++; }
 spin:  when (owner == ticket);
 cs:    ;
        owner++;
    }
}
invariant mutual_exclusion : nr_at(thread::cs) <= 1;
invariant in_order         : owner <= next;
invariant few              : next - owner <= 1;
cover     both             : nr_at(thread::cs) == 2;
scenario two { run thread[2]; }
"""

#: The values 3, 4, ..., 8 are not reachable, but without a lemma nobody knows.
CHAIN = """
model chain;
shared x : int = 0;
process p {
    loop quiescent {
        atomic { if (x == 2) { x = 0; } else { if (x < 2 || x >= 5) { x = x + 1; } } }
    }
}
invariant never_8 : x != 8;
scenario one { run p; }
"""


def instance(text: str) -> tuple[typed.Model, System]:
    model = pipeline.Loaded(parse_text(text, "test.mc")).edited().resolved().model
    return model, elaborate(model)


def verdicts(checked: Checked, model: typed.Model) -> dict[str, tuple[Verdict, EvidenceKind]]:
    assert not checked.problem
    names = {p.id: p.name for p in model.properties}
    return {names[a.property]: (a.verdict, a.evidence) for a in checked.answers}


def test_a_ticket_lock_with_unbounded_tickets_is_proved() -> None:
    model, system = instance(TICKETS)
    assert has_unbounded_integers(system)
    assert {"next", "owner"} <= set(grows(system))
    checked = check_model(model, Budget())
    found = verdicts(checked, model)
    assert found["mutual_exclusion"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["in_order"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["deadlock"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["both"] == (Verdict.VIOLATED, EvidenceKind.PROVED)
    # What does not hold has a trace, and what is no safety property stays open.
    assert found["few"] == (Verdict.VIOLATED, EvidenceKind.TRACE)
    assert found["stuck"] == (Verdict.UNKNOWN, EvidenceKind.NONE)
    few = next(p.id for p in model.properties if p.name == "few")
    assert checked.traces[few].schedule


def test_the_certificate_says_what_was_proved(tmp_path: Path) -> None:
    model, system = instance(TICKETS)
    outcomes = prove_fixed(model, system, SEMANTICS, ["mutual_exclusion", "few"], 60, Request(tmp_path))
    assert outcomes["mutual_exclusion"].proved
    assert not outcomes["few"].proved
    assert (tmp_path / "manifest.json").exists()


def test_a_finite_model_is_explored_and_nothing_else() -> None:
    text = TICKETS.replace("loop quiescent {", "for (i in 1..2) {")
    model, system = instance(text)
    assert grows(system) == ()
    checked = check_model(model, Budget())
    assert checked.exploration is not None
    assert checked.exploration.complete
    assert verdicts(checked, model)["stuck"] == (Verdict.HOLDS, EvidenceKind.EXPLORED)


def test_what_is_only_violated_far_away_is_not_proved() -> None:
    text = """
    model far;
    shared x : int = 0;
    process p { loop quiescent { x = x + 1; } }
    invariant below : x <= 1000000000;
    scenario one { run p; }
    """
    model, system = instance(text)
    outcome = prove_fixed(model, system, SEMANTICS, ["below"], 20)["below"]
    assert not outcome.proved
    assert "no proof" in reason_text(outcome.reason)


@pytest.mark.parametrize(("deepest", "proved"), [(0, False), (3, False), (4, True)])
def test_k_induction_needs_k_steps(deepest: int, proved: bool) -> None:
    model, system = instance(CHAIN)
    target = fixed(model, system, SEMANTICS).counted
    (never_8,) = (p.id for p in system.properties if p.name == "never_8")
    nothing = Guess((), (), (), (), ())
    invariant = prove(target, nothing, [never_8], 20, deepest)
    assert (never_8 in invariant.proved) is proved


def test_k_induction_does_not_prove_what_is_violated() -> None:
    model, system = instance(CHAIN.replace("x : int = 0", "x : int = 5"))
    (never_8,) = (p.id for p in system.properties if p.name == "never_8")
    assert not prove(fixed(model, system, SEMANTICS).counted, Guess((), (), (), (), ()), [never_8], 20, 6).proved


def test_spacer_finds_what_nobody_guesses() -> None:
    text = """
    model double;
    shared x : int = 0;
    shared y : int = 0;
    process p {
        loop quiescent {
            choose { atomic { x = x + 2; y = y + 1; } }
            or     { atomic { if (y > 0) { x = x - 2; y = y - 1; } } }
            or     { x = x + 1; }
        }
    }
    invariant natural : x >= 0;  // because x is never less than twice y
    scenario one { run p; }
    """
    model, system = instance(text)
    (natural,) = (p.id for p in system.properties if p.name == "natural")
    target = fixed(model, system, SEMANTICS).counted
    nothing = prove(target, Guess((), (), (), (), ()), [natural], 20, 3)
    assert natural in nothing.open
    found = ask_spacer(target, nothing, 20)
    assert natural in found.proved
    assert not found.open
    # What is violated stays open.
    few = prove(target, Guess((), (), (), (), ()), [], 20)
    wrong = replace(target, bad={natural: target.terms.true})
    assert not ask_spacer(wrong, replace(few, open={natural: NotFound.NOT_IMPLIED}), 20).proved


def test_guesses_hold_in_all_samples() -> None:
    model, system = instance(TICKETS)
    smaller, _ = fold_constants(system)
    target = fixed(model, system, SEMANTICS).counted
    rows = sample(smaller, float("inf"))
    table = columns(target, rows)
    guess = guess_relations(target, table)
    assert guess.linear
    assert guess.clauses
    value = Columns({v.id: table[:, i] for i, v in enumerate(target.variables)}, len(rows))
    for clause in guess.clauses[::50]:
        together = np.stack([value(guess.facts[i].term) for i in clause.facts]).sum(axis=0)
        assert together.max() < len(clause.facts)
    for lemma in guess.plain:
        assert value(lemma).all()


def test_columns_agree_with_the_definition_of_terms() -> None:
    model, system = instance("""
        model arithmetic;
        shared a : int = 0;
        shared w : bv<4> = 3;
        process p { local k : int; loop quiescent { pick k in -3..3; a = k; w = w * 5 + 1; w = w >> 1; a = a / 2 + a % 2; w = ~w ^ (w & 6); } }
        invariant odd : (a % 3 == -1 || a / 2 <= 1) && (w | 1) != 0;
        scenario one { run p; }
        """)
    assert model.name == "arithmetic"
    smaller, _ = fold_constants(system)
    machine = Machine(smaller)
    rows = sample(smaller, float("inf"))
    target = fixed(model, system, SEMANTICS).counted
    table = columns(target, rows)
    value = Columns({v.id: table[:, i] for i, v in enumerate(target.variables)}, len(rows))
    terms = [*target.bad.values(), *(t for s in target.steps for t in (s.guard, *(u for _, u in s.updates)))]
    assert len(terms) > 20
    for term in terms:
        assert value(term).tolist() == [int(evaluate(term, row)) for row in rows]
    assert machine.initial is not None


def test_integers_that_samples_cannot_hold_are_no_proof() -> None:
    model, _ = instance(f"""
model endless;
shared n : int = {10**30};
process p {{ loop {{ n = n + 1; }} }}
invariant big   : n >= {10**30};
invariant close : n < {10**30} + 50;
scenario s {{ run p; }}
""")
    found = verdicts(check_model(model, Budget(seconds=2.0)), model)
    assert found["big"][0] is Verdict.BOUNDED
    assert found["close"] == (Verdict.VIOLATED, EvidenceKind.TRACE)
