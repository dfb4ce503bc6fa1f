"""Proofs for any number of instances: small models, certificates, and random models against exploration."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from modelcheck.checking.run import check_model
from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.explicit import explore
from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.induction.certificates import certificates
from modelcheck.engines.induction.houdini import Houdini, Misled
from modelcheck.engines.induction.prove import prove_any_number
from modelcheck.engines.induction.samples.samples import Sampler
from modelcheck.ir.passes.counters import find_replicas
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.proof import Request
from modelcheck.result.reasons.stops import Stop
from modelcheck.result.verdict import EvidenceKind, Verdict
from modelcheck.semantics.elaborate import elaborate
from modelcheck.solver.certificates.recheck import ask
from modelcheck.solver.lemmas import Undecided

GETTERS = """
model getters;
object Thing pool 1 { refs : refcount = 1; busy : mutex; }
shared table : ref Thing = new Thing;
mutex table_lock;
inline put(t: ref Thing) { if (t->refs.dec_and_test()) { free(t); } }
process getter {
    local t : ref Thing;
      lock(table_lock);
      t = table;
      if (t == null) { unlock(table_lock); return; }
 get: t->refs.inc();
      unlock(table_lock);
 use: touch(t);
      put(t);
}
process remover {
    local t : ref Thing;
      lock(table_lock);
      t = table;
      table = null;
      unlock(table_lock);
      put(t);
}
invariant one_inside : nr_at(getter::get) <= 1;
obligation no_uaf : use_after_free(Thing);
cover used : at(getter::use);
scenario any { run getter[*], remover; }
variant forgetful { replace getter::use { touch(t); choose { return; } or { ; } } }
variant unlocked { replace getter::get { unlock(table_lock); t->refs.inc(); lock(table_lock); } }
"""


def instance(text: str, variant: str | None = None, counts: Mapping[str, int] | None = None) -> typed.Model:
    return pipeline.Loaded(parse_text(text, "test.mc")).edited(variant).resolved("any", counts).model


def verdicts(text: str, variant: str | None = None, seconds: float = 60) -> dict[str, tuple[Verdict, EvidenceKind]]:
    model = instance(text, variant)
    checked = check_model(model, Budget(seconds=seconds), sized=lambda counts: instance(text, variant, counts))
    assert not checked.problem
    names = {p.id: p.name for p in model.properties}
    return {names[a.property]: (a.verdict, a.evidence) for a in checked.answers}


def test_a_reference_count_is_safe_for_any_number_of_getters() -> None:
    found = verdicts(GETTERS)
    assert found["no_uaf"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["one_inside"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["leak"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["deadlock"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["used"] == (Verdict.HOLDS, EvidenceKind.WITNESS)


def test_a_count_that_somebody_forgets_to_put_is_at_least_the_number_of_holders() -> None:
    found = verdicts(GETTERS, "forgetful")
    assert found["no_uaf"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["refcount"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["leak"] == (Verdict.VIOLATED, EvidenceKind.TRACE)


def test_what_the_search_needed_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = verdicts(GETTERS)
    # Nothing is left out afterwards: cvc5 may assume in each obligation only what the search has needed for it.
    monkeypatch.setattr(certificates, "READABLE", -1)
    assert verdicts(GETTERS) == expected


def test_a_property_that_takes_too_long_does_not_keep_the_others_from_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = verdicts(GETTERS)
    model = instance(GETTERS)
    hard = next(p.id for p in model.properties if p.name == "no_uaf")
    without_end: list[object] = []
    goals_of, reach = Houdini._goals, Houdini._reach

    def goals(search: Any, wanted: Sequence[int]) -> Any:
        found, open = goals_of(search, wanted)
        without_end.append(found[hard])
        return found, open

    def endless(search: Any, goal: Any) -> Any:
        found = reach(search, goal)  # (and whatever lemmas it takes)
        if any(goal is each for each in without_end):
            raise Undecided(Stop.TIME)
        return found

    monkeypatch.setattr(Houdini, "_goals", goals)
    monkeypatch.setattr(Houdini, "_reach", endless)
    found = verdicts(GETTERS, seconds=15)  # all of it: somebody is at work on what is left to the end
    assert len(without_end) >= 2  # all together, and then one by one (and the same after Spacer)
    assert found.pop("no_uaf") == (Verdict.UNKNOWN, EvidenceKind.NONE)
    assert expected.pop("no_uaf") == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found == expected


CROWD = """
model crowd;
shared inside : 0..9 = 0;
process guest { atomic { inside = inside + 1; } lv: atomic { inside = inside - 1; } }
invariant few : inside <= MOST;
invariant counted : inside == nr_at(guest::lv);
scenario any { run guest[*]; }
"""


@pytest.mark.parametrize("most", [2, 3, 5])
def test_what_makes_no_headway_is_looked_for_with_more_instances(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    text = CROWD.replace("MOST", str(most))
    model = instance(text)
    few = next(p.id for p in model.properties if p.name == "few")
    asked: list[list[int]] = []

    def misled(search: Any, wanted: Sequence[int]) -> Any:
        asked.append(list(wanted))
        if few in wanted and search.wrong is not None:
            raise Misled
        return result(search, wanted)

    result = Houdini.result
    monkeypatch.setattr(Houdini, "result", misled)
    checked = check_model(model, Budget(seconds=60), sized=lambda counts: instance(text, None, counts))
    names = {p.id: p.name for p in model.properties}
    found = {names[a.property]: a for a in checked.answers}
    # With up to four guests it is found while the proof waits, else (and then the proof is tried as
    # before) when there is none.
    assert [few in wanted for wanted in asked[:2]] == [True, most > 3]
    assert (found["few"].verdict, found["few"].length) == (Verdict.VIOLATED, most + 1)
    assert (found["counted"].verdict, found["counted"].evidence) == (Verdict.HOLDS, EvidenceKind.PROVED)


def test_what_a_small_number_violates_has_a_trace() -> None:
    found = verdicts(GETTERS, "unlocked")
    assert found["no_uaf"] == (Verdict.VIOLATED, EvidenceKind.TRACE)


def test_what_only_a_larger_number_violates_is_not_proved() -> None:
    text = """
    model crowd;
    shared inside : 0..9 = 0;
    process guest { atomic { inside = inside + 1; } lv: atomic { inside = inside - 1; } }
    invariant few : inside <= 5;
    invariant counted : inside == nr_at(guest::lv);
    cover seven : inside == 7;
    scenario any { run guest[*]; }
    """
    model = instance(text)
    checked = check_model(model, Budget(seconds=60), sized=lambda counts: instance(text, None, counts))
    names = {p.id: p.name for p in model.properties}
    found = {names[a.property]: a for a in checked.answers}
    assert (found["few"].verdict, found["few"].evidence) == (Verdict.VIOLATED, EvidenceKind.TRACE)
    # Six guests: fewer do not show it.
    few = next(trace for id, trace in checked.traces.items() if names[id] == "few")
    assert len(few.steps) == len(few.processes) == 6
    assert (found["seven"].verdict, found["seven"].evidence) == (Verdict.HOLDS, EvidenceKind.WITNESS)
    # Ten are needed: larger numbers are tried for a fault that is undecided, while they are cheap.
    assert (found["range"].verdict, found["range"].evidence) == (Verdict.VIOLATED, EvidenceKind.TRACE)
    fault = next(trace for id, trace in checked.traces.items() if names[id] == "range")
    assert len(fault.steps) == len(fault.processes) == 10
    assert (found["counted"].verdict, found["counted"].evidence) == (Verdict.HOLDS, EvidenceKind.PROVED)


def test_what_tells_the_instances_apart_is_named() -> None:
    text = """
    model owners;
    shared free : bool = true;
    process taker { free = false; }
    invariant one_first : forall i in taker : forall j in taker : i == j || free || !free;
    scenario any { run taker[*]; }
    """
    outcomes = prove_any_number(
        instance(text), lambda counts: instance(text, None, counts), SEMANTICS, ["one_first"], 20
    )
    assert not outcomes["one_first"].proved
    assert "one_first" in reason_text(outcomes["one_first"].reason)


def test_a_property_that_tells_instances_apart_does_not_keep_the_others_from_a_proof() -> None:
    text = """
    model section;
    shared x : 0..3 = 0;
    mutex m;
    process worker { lock(m); inside: x = 1; x = 0; unlock(m); }
    invariant alone : nr_at(worker::inside) <= 1;
    invariant fewer : nr_at(worker::inside) <= nr(worker);
    invariant each : forall i in worker : at(worker[i]::inside) => x <= 1;
    invariant first : at(worker[0]::inside) => x <= 1;
    invariant at_most_two : nr(worker) <= 2;
    step some : nr(worker) >= 0;
    scenario any { run worker[*]; }
    """
    outcomes = prove_any_number(
        instance(text),
        lambda counts: instance(text, None, counts),
        SEMANTICS,
        ["alone", "fewer", "each", "first", "at_most_two", "some"],
        20,
    )
    assert {name for name, outcome in outcomes.items() if outcome.proved} == {"alone"}
    assert "at_most_two asks how many worker there are" in reason_text(outcomes["at_most_two"].reason)
    found = verdicts(text)
    assert found["alone"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["at_most_two"] == (Verdict.VIOLATED, EvidenceKind.TRACE)
    assert found["fewer"] == (Verdict.UNKNOWN, EvidenceKind.NONE)


def test_integers_that_samples_cannot_hold_are_no_proof() -> None:
    wide = 5 * 10**28
    text = f"""
model crowd;
shared users : int = {wide};
process reader {{ get: atomic {{ users = users + 1; }} use: atomic {{ users = users - 1; }} }}
invariant counted : users >= {wide};
cover     three   : users == {wide} + 3;
scenario any {{ run reader[*]; }}
"""
    found = verdicts(text)
    assert found["counted"] == (Verdict.UNKNOWN, EvidenceKind.NONE)
    assert found["three"] == (Verdict.HOLDS, EvidenceKind.WITNESS)


def test_the_initial_value_may_grow_with_the_number() -> None:
    text = """
    model shares;
    shared left : int = nr(user) + 1;
    process user { atomic { left = left - 1; } }
    invariant some_left : left >= 1;
    invariant more_left : left >= 2;
    scenario any { run user[*]; }
    """
    found = verdicts(text)
    assert found["some_left"] == (Verdict.HOLDS, EvidenceKind.PROVED)
    assert found["more_left"] == (Verdict.VIOLATED, EvidenceKind.TRACE)


def test_the_counters_reach_what_the_instances_reach() -> None:
    system = elaborate(instance(GETTERS, None, {"getter": 2}))
    replicas = find_replicas(system, "getter")
    sampler = Sampler(replicas, {})
    samples = sampler.sample((2,), (10_000,), 60)
    assert samples.complete == [2]
    machine = Machine(system)
    seen = {machine.initial}
    level = [machine.initial]
    while level:
        level = [t.target for s in level for t in machine.transitions(s) if t.target is not None]
        level = [t for t in dict.fromkeys(level) if t not in seen]
        seen.update(level)
    projected = set()
    for state in seen:
        locals = sorted((state & sampler.mask_first, sampler.to_first(state & sampler.mask_second)))
        projected.add((state & sampler.rest_mask, tuple(locals)))
    found = {
        (rest, tuple(sorted(samples.locals[i] for i, many in counts for _ in range(many))))
        for _, rest, counts in samples.rows
    }
    assert found == projected


def test_the_certificate_is_checked_by_a_second_solver(tmp_path: Path) -> None:
    model = instance(GETTERS)
    outcomes = prove_any_number(
        model, lambda counts: instance(GETTERS, None, counts), SEMANTICS, ["no_uaf"], 60, Request(tmp_path)
    )
    assert outcomes["no_uaf"].proved
    header = [tmp_path / "model.smt2", tmp_path / "invariant.smt2"]
    asked = sorted((tmp_path / "steps").iterdir())
    preserved = [path for path in asked if "preserves the invariant" in path.read_text(encoding="utf-8")]
    assert {ask(header, [path], 60).given[0] for path in preserved} == {"unsat"}
    # Without the lemmas that are assumed the steps do not preserve them, and cvc5 says so.
    for path in preserved:
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"^\(assert \(?\|lemma.*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    assert "sat" in {ask(header, [path], 60).given[0] for path in preserved}


def random_model(seed: int) -> str:
    """A model whose instances count in shared variables, with guesses about what holds."""
    chance = random.Random(seed)
    statements = [
        "atomic { a = a + 1; }",
        "atomic { if (a > 0) { a = a - 1; } }",
        "lock(m);",
        "unlock(m);",
        "f = !f;",
        "if (f) { return; }",
        "when (!f) { b = b + 1; }",
        "atomic { b = a; }",
    ]
    body = " ".join(f"l{i}: {chance.choice(statements)}" for i in range(chance.randint(2, 4)))
    other = " ".join(chance.choice(statements) for _ in range(chance.randint(1, 2)))
    a, b, n = chance.randint(0, 3), chance.randint(0, 3), chance.randint(1, 2)
    return f"""
    model guesses;
    shared a : int = 0;
    shared b : int = 0;
    shared f : bool = false;
    mutex m;
    process many {{ {body} }}
    process one {{ {other} }}
    invariant small_a : a <= {a};
    invariant small_b : b <= {b};
    invariant order   : a >= b;
    invariant few     : nr_at(many::l1) <= {n};
    invariant linked  : f => a >= 1;
    scenario any {{ run many[*], one; }}
    """


@pytest.mark.parametrize("seed", range(16))
def test_what_is_proved_is_never_violated(seed: int) -> None:
    text = random_model(seed)
    spec: ast.Spec = parse_text(text, "random.mc")

    def make(counts: Mapping[str, int]) -> typed.Model:
        return pipeline.Loaded(spec).edited().resolved("any", counts).model

    model = pipeline.Loaded(spec).edited().resolved("any").model
    wanted = [p.name for p in model.properties if p.not_applicable is None and not p.existential]
    outcomes = prove_any_number(model, make, SEMANTICS, wanted, 20)
    proved = {name for name, outcome in outcomes.items() if outcome.proved}
    for n in (1, 2, 3, 4):
        system = elaborate(make({"many": n}))
        found = explore(system, Budget(states=20_000, seconds=10))
        violated = {
            p.name for p, a in zip(system.properties, found.answers, strict=True) if a.verdict is Verdict.VIOLATED
        }
        assert not proved & violated, (n, text)
