"""Every engine is asked in the same way, and plans name engines that there are."""

from __future__ import annotations

from typing import get_args

import pytest

from modelcheck.checking import plan
from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.protocol import Contact, Kind, Question
from modelcheck.engines.registry import Name, engine
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.budget import Budget
from modelcheck.result.reasons.stops import Unsupported
from modelcheck.result.verdict import EvidenceKind, Verdict

NAMES: tuple[Name, ...] = get_args(Name)

TEXT = """
model counting;
shared x : 0..3 = 0;
shared busy : bool = false;
process p {
  atomic { when (!busy); busy = true; }
  atomic { if (x < 3) { x = x + 1; } }
  busy = false;
}
invariant small : x <= 3;
invariant never_two : x < 2;
obligation ends : stuck;
scenario two { run p[2]; }
scenario any { run p[*]; }
"""


def question(scenario: str = "two") -> Question:
    spec = parse_text(TEXT, "counting.mc")
    model = pipeline.Loaded(spec).edited().resolved(scenario).model
    if scenario == "any":
        return Question(model, SEMANTICS, sized=lambda n: pipeline.Loaded(spec).edited().resolved("any", n).model)
    return Question(model, SEMANTICS, SEMANTICS.elaborate(model))


def number(asked: Question, name: str) -> int:
    return next(prop.id for prop in asked.model.properties if prop.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_an_engine_goes_by_its_name(name: Name) -> None:
    assert engine(name).name == name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("order", [("small", "never_two"), ("never_two", "small")])
def test_an_engine_answers_what_is_wanted_in_order(name: Name, order: tuple[str, str]) -> None:
    asked = question()
    wanted = [number(asked, each) for each in order]
    assert all(engine(name).supports(asked, id) is None for id in wanted)
    found = engine(name).run(asked, wanted, Budget(seconds=60, steps=12), Contact())
    assert [answer.property for answer in found.answers] == wanted
    answers = dict(zip(order, found.answers, strict=True))
    match engine(name).kind:
        case Kind.EXPLORES:
            assert answers["small"].evidence is EvidenceKind.EXPLORED
            assert answers["never_two"].verdict is Verdict.VIOLATED
            assert found.exploration is not None
            assert found.exploration.complete
        case Kind.UNROLLS:
            # Two processes take three steps each.
            assert (answers["small"].verdict, answers["small"].depth) == (Verdict.BOUNDED, 6)
            assert answers["never_two"].verdict is Verdict.VIOLATED
        case Kind.PROVES:
            assert answers["small"].evidence is EvidenceKind.PROVED
            assert answers["never_two"].verdict is Verdict.UNKNOWN
            assert found.compared is not None
            assert found.compared.formulas.states > 0


def test_shortest_runs_have_one_length() -> None:
    asked = question()
    wanted = [number(asked, "never_two")]
    runners: tuple[Name, ...] = ("exploration", "explicit", "native", "bmc")
    found = [engine(name).run(asked, wanted, Budget(seconds=60), Contact()) for name in runners]
    assert len({result.answers[0].length for result in found}) == 1


@pytest.mark.parametrize("name", ["exploration", "explicit", "native"])
def test_an_explorer_says_what_it_has_visited(name: Name) -> None:
    from modelcheck.engines.explicit.machine import Machine

    asked = question()
    found = engine(name).run(asked, [number(asked, "small")], Budget(seconds=60), Contact())
    machine = Machine(asked.fixed)
    assert found.visited is not None
    following = [t.target for t in machine.transitions(machine.initial) if t.target is not None]
    assert found.visited.depths([machine.initial, *following], machine.layout) == [0, *([1] * len(following))]
    found.visited.release()


def test_why_an_engine_cannot_answer_is_data() -> None:
    fixed, any_number = question(), question("any")
    ends = number(fixed, "ends")
    assert {name: engine(name).supports(fixed, ends) for name in NAMES} == {
        "exploration": None,
        "explicit": None,
        "native": None,
        "bmc": Unsupported.NO_LENGTH,
        "induction": Unsupported.NO_INVARIANT,
        "spacer": Unsupported.NO_INVARIANT,
    }
    small = number(any_number, "small")
    refused = {name: engine(name).supports(any_number, small) for name in NAMES}
    assert refused.pop("induction") is None
    assert set(refused.values()) == {Unsupported.ANY_NUMBER}
    assert engine("induction").supports(any_number, number(any_number, "ends")) is Unsupported.NO_INVARIANT


def test_a_proof_for_any_number_is_asked_for_in_the_same_way() -> None:
    asked = question("any")
    wanted = [number(asked, "small"), number(asked, "never_two")]
    found = engine("induction").run(asked, wanted, Budget(seconds=60), Contact())
    assert [answer.verdict for answer in found.answers] == [Verdict.HOLDS, Verdict.UNKNOWN]
    assert found.answers[0].proof is not None
    assert found.answers[0].proof.for_any == ("p",)


def chosen(engine: plan.Engine, *, unbounded: bool = False, proofs: bool = True, limited: bool = False) -> plan.Plan:
    return plan.plan_for(engine, unbounded_integers=unbounded, proofs=proofs, limited=limited)


def test_which_engines_work_is_data() -> None:
    assert chosen("auto") is plan.THEN_UNROLL
    assert chosen("auto", unbounded=True) is plan.UNBOUNDED_INTEGERS
    assert chosen("auto", unbounded=True, limited=True) is plan.UNBOUNDED_INTEGERS
    assert chosen("auto", limited=True) == chosen("auto", proofs=False) == plan.alone("exploration")
    assert chosen("auto", unbounded=True, proofs=False) == plan.alone("exploration")
    assert chosen("portfolio", unbounded=True) is plan.TOGETHER
    assert [chosen(name) for name in ("explicit", "native", "bmc")] == [
        plan.alone("explicit"),
        plan.alone("native"),
        plan.alone("bmc"),
    ]


@pytest.mark.parametrize("made", [plan.THEN_UNROLL, plan.UNBOUNDED_INTEGERS, plan.TOGETHER, plan.alone("bmc")])
def test_a_plan_begins_somewhere_and_only_processes_work_together(made: plan.Plan) -> None:
    assert made[0].when is plan.When.ALWAYS
    assert not made[0].apart
    for turn in made:
        assert turn.engines
        assert all(share.engine in NAMES and share.memory > 0 for share in turn.engines)
        assert turn.apart or len(turn.engines) == 1
        assert 0 < turn.part <= 1
