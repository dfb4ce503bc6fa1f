"""An elaborator that makes another system than the model is, caught by the interpreter, which executes
the model itself.

All engines work on the wrong system then, and agree with each other. Each sabotage says by which
check it is caught: the words are those of the reason that the user reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

import modelcheck.semantics.elaborate
from modelcheck.checking.run import check_model
from modelcheck.ir.system import Form, Step, System, SystemProperty
from modelcheck.ir.terms import Op, Term, conjuncts, variables_of
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.reasons.sentences import problem_text
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.elaborate.operations import objects
from modelcheck.semantics.elaborate.variables import instances

TEXT = """
model workshop;
event begun();
event done();
object Part pool 1 { filled : bool = false; }
shared box : ref Part = null;
shared made : 0..3 = 0;
shared x : 0..4 = 0;
shared y : 0..4 = 0;
shared z : 0..4 = 0;
process maker {
    local p : ref Part;
    p = new Part;
    p->filled = true;
    atomic { emit begun(); emit done(); }
    box = p;
    made = made + 1;
    choose { box = null; } or { made = 3; }
    free(p);
}
process user {
    local q : ref Part;
    q = box;
    if (q != null) { touch(q); q->filled = false; }
    assert in_time: made <= 2;
}
process px { while (x < 4) { atomic { x = x + 1; } } }
process py { while (y < 4) { atomic { y = y + 1; } } }
process pz { while (z < 4) { atomic { z = z + 1; } } }
obligation no_uaf : use_after_free(Part);
obligation asserted : assertion(in_time);
obligation no_stuck : stuck;
obligation no_deadlock : deadlock;
invariant little : made < 3 && y + z < 9;
invariant in_order : made <= 3;
final emptied : box == null;
cover used : made == 3;
count once : at most once begun();
scenario small { run maker, user; }
scenario large { run maker, user, px, py, pz; }
"""


def instance(scenario: str) -> typed.Model:
    return pipeline.Loaded(parse_text(TEXT, "workshop.mc")).edited().resolved(scenario).model


def elaborating(monkeypatch: pytest.MonkeyPatch, change: Callable[[System], System]) -> None:
    true = modelcheck.semantics.elaborate.elaborate
    monkeypatch.setattr(modelcheck.semantics.elaborate, "elaborate", lambda model: change(true(model)))


def caught(scenario: str) -> Checked:
    """Nothing may be green but what the interpreter has replayed."""
    checked = check_model(instance(scenario), Budget(), chosen=False)
    assert checked.problem
    for answer in checked.answers:
        assert answer.verdict is Verdict.ERROR or answer.property in checked.traces, answer
    assert any(answer.verdict is Verdict.ERROR for answer in checked.answers)
    return checked


def steps(system: System, change: Callable[[Step], Step | None]) -> System:
    changed = (change(step) for step in system.steps)
    return replace(system, steps=tuple(step for step in changed if step is not None))


def of(system: System, process: str, operation: str) -> frozenset[int]:
    """The ids of some steps."""
    found = frozenset(
        s.id for s in system.steps if system.processes[s.process].process == process and operation in s.operation
    )
    assert found, [(system.processes[s.process].process, s.operation) for s in system.steps]
    return found


@pytest.mark.parametrize("scenario", ["small", "large"])
def test_without_sabotage_nothing_is_caught(scenario: str) -> None:
    checked = check_model(instance(scenario), Budget(), chosen=False)
    assert not checked.problem
    assert {a.verdict for a in checked.answers} == {Verdict.HOLDS, Verdict.VIOLATED}


def guard_always_true(system: System) -> System:
    """Both ways behind a test are open."""
    some = of(system, "user", "load box")
    return steps(system, lambda s: replace(s, guard=_place(system, s)) if s.id in some else s)


def guard_never_true(system: System) -> System:
    some = of(system, "user", "touch")
    return steps(system, lambda s: replace(s, guard=system.terms.false) if s.id in some and not s.fault else s)


def choice_left_out(system: System) -> System:
    some = of(system, "maker", "choose")
    return steps(system, lambda s: None if s.id in some and s.choices == (1,) else s)


def raise_skipped(system: System) -> System:
    some = of(system, "user", "touch")
    return steps(system, lambda s: replace(s, raises=()) if s.id in some else s)


def update_dropped(system: System) -> System:
    """What is stored is lost."""
    shared = next(v.id for v in system.variables if v.name == "made")
    some = of(system, "maker", "store made")
    return steps(
        system,
        lambda s: replace(s, updates=tuple(u for u in s.updates if u[0] != shared)) if s.id in some else s,
    )


def events_exchanged(system: System) -> System:
    return steps(system, lambda s: replace(s, occurrences=s.occurrences[::-1]))


def event_lost(system: System) -> System:
    return steps(system, lambda s: replace(s, occurrences=s.occurrences[:1]))


def fault_that_goes_on(system: System) -> System:
    """A write to an object that is no more is taken for any other."""
    some = of(system, "user", "store q->filled")
    good = next(s for s in system.steps if s.id in some and not s.fault)
    return steps(
        system,
        lambda s: replace(s, fault=False, target=good.target, updates=good.updates) if s.id in some and s.fault else s,
    )


def drained_without_one(system: System) -> System:
    """That a process has finished is not asked."""
    user = next(p for p in system.processes if p.process == "user")
    parts = [p.finished for p in system.processes if p is not user]
    return replace(system, drained=system.terms.and_(*parts))


def conjunct_dropped(system: System) -> System:
    """Of an invariant only one half is left: the condition that violates it is a disjunction."""
    terms = system.terms

    def half(prop: SystemProperty) -> SystemProperty:
        if prop.name != "little":
            return prop
        (state,) = prop.states
        assert state.condition.op is Op.NOT
        left = [part for part in conjuncts(state.condition.args[0]) if "made" not in _names(system, part)]
        assert len(left) == 1
        return replace(prop, states=(replace(state, condition=terms.not_(left[0])),))

    return replace(system, properties=tuple(half(p) for p in system.properties))


def _names(system: System, term: Term) -> set[str]:
    return {system.variables[id].name for id in variables_of((term,))}


def another_start(system: System) -> System:
    return replace(system, variables=tuple(replace(v, initial=1) if v.name == "made" else v for v in system.variables))


def ended_at_once(system: System) -> System:
    """A process begins where it should end."""
    user = next(p for p in system.processes if p.process == "user")
    end = next(place.id for place in user.locations if place.done)
    at = user.location
    return replace(system, variables=tuple(replace(v, initial=end) if v.id == at else v for v in system.variables))


def _place(system: System, step: Step) -> Term:
    """The part of a guard that says where the process stands."""
    location = system.processes[step.process].location
    terms = system.terms
    at = terms.variable(location, system.variables[location].sort)
    return terms.eq(at, terms.constant(step.source, at.sort))


def asked(change: Callable[[System, SystemProperty], SystemProperty]) -> Callable[[System], System]:
    """The properties that users ask about are changed."""
    return lambda system: replace(
        system, properties=(*(change(system, p) for p in system.asked), *system.properties[len(system.asked) :])
    )


@pytest.mark.parametrize("scenario", ["small", "large"])
@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda _, p: replace(p, forms=p.forms - {Form.STUCK}), "no_stuck whether it is about stuck states"),
        (lambda _, p: replace(p, forms=p.forms - {Form.DEADLOCK}), "no_deadlock whether it is about deadlock states"),
        (
            lambda _, p: replace(p, not_applicable="absent", states=(), forms=frozenset()) if p.name == "little" else p,
            "little whether it applies",
        ),
        (lambda _, p: replace(p, existential=False), "used whether one run is enough"),
        (lambda _, p: replace(p, needs_drained=False), "emptied whether it is judged at rest"),
    ],
)
def test_other_properties_than_the_model_has(
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[System, SystemProperty], SystemProperty],
    what: str,
    scenario: str,
) -> None:
    """What is asked is compared with the model before anything is explored."""
    elaborating(monkeypatch, asked(change))
    assert f"of the property {what} is another" in problem_text(caught(scenario).problem)


def test_a_property_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    elaborating(monkeypatch, lambda system: replace(system, properties=system.properties[1:]))
    checked = caught("small")
    assert "properties became" in problem_text(checked.problem)
    assert len(checked.answers) == len(instance("small").properties)


LIES: list[tuple[Callable[[System], System], str]] = [
    (guard_always_true, "are both enabled with the choices"),
    (guard_never_true, "different transitions are enabled"),
    (choice_left_out, "different transitions are enabled"),
    (raise_skipped, "different findings in step"),
    (update_dropped, "different"),
    (events_exchanged, "different events in step"),
    (event_lost, "different events in step"),
    (fault_that_goes_on, "faults on one side only"),
    (drained_without_one, "one side is drained, the other is not"),
    (conjunct_dropped, "different findings in the state"),
    (another_start, "different values: made is 1 and 0"),
    (ended_at_once, "different transitions are enabled"),
]


@pytest.mark.parametrize("scenario", ["small", "large"])
@pytest.mark.parametrize(("lie", "reason"), LIES)
def test_another_system_than_the_model_is(
    monkeypatch: pytest.MonkeyPatch, lie: Callable[[System], System], reason: str, scenario: str
) -> None:
    elaborating(monkeypatch, lie)
    assert reason in problem_text(caught(scenario).problem)


@pytest.mark.parametrize("scenario", ["small", "large"])
def test_references_that_stay_valid_when_their_object_is_freed(monkeypatch: pytest.MonkeyPatch, scenario: str) -> None:
    """The broadcast to the locals of other processes is left out, or that to shared variables."""
    with monkeypatch.context() as patched:
        patched.setattr(instances, "stale_value", lambda values, value, made: value)
        # In a large graph what such a reference does may be met first.
        problem = problem_text(caught(scenario).problem)
        earlier = scenario == "large" and "different findings in" in problem
        assert earlier or "two states that one side distinguishes" in problem
    monkeypatch.setattr(objects, "stale_value", lambda values, value, made: value)
    problem = problem_text(caught(scenario).problem)
    assert "different" in problem or "two states that one side distinguishes" in problem
