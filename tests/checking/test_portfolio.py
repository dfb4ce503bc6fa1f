"""Several engines at once: who wins, what a contradiction leaves behind, and that nothing outlives anybody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.checking import checker, plan
from modelcheck.checking.follow import Ways, follow
from modelcheck.checking.joining import join_answers
from modelcheck.checking.portfolio import Member, run_portfolio
from modelcheck.checking.run import check_model
from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.registry import Name
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.exploration import Exploration
from modelcheck.result.progress import Progress
from modelcheck.result.proof import Request
from modelcheck.result.reasons.proofs import AnySize, Proved
from modelcheck.result.reasons.stops import Stop
from modelcheck.result.trace import Move
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict
from modelcheck.semantics.elaborate import elaborate

ROOT = Path(__file__).parents[2]
#: All engines, after a few states.
AT_ONCE = (replace(plan.TOGETHER[0], states=10), *plan.TOGETHER[1:])
OPEN = Answer(0, Verdict.UNKNOWN, EvidenceKind.NONE, "")
FOR_EVER = Proved(AnySize(), 1, "cvc5")
HOLDS = Answer(0, Verdict.HOLDS, EvidenceKind.PROVED, "induction", reason=FOR_EVER)
VIOLATED = Answer(0, Verdict.VIOLATED, EvidenceKind.TRACE, "bmc", schedule=(Move(0), Move(1, (2,))), length=2)


def says(*answers: Answer, after: float = 0.0, leaves: str = "") -> Callable[[Budget, Path, Progress], Checked]:
    """A member that answers after some seconds, and may leave a file."""

    def run(budget: Budget, directory: Path, progress: Progress) -> Checked:
        time.sleep(after)
        if leaves:
            directory.mkdir(parents=True)
            (directory / leaves).write_text("evidence", encoding="utf-8")
        return Checked(answers)

    return run


def sleeps(pids: Path) -> Callable[[Budget, Path, Progress], Checked]:
    """A member that tells its process id and never answers."""

    def run(budget: Budget, directory: Path, progress: Progress) -> Checked:
        with pids.open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(600)
        raise AssertionError

    return run


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(pids: list[int], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while any(alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(alive(pid) for pid in pids)


def test_the_first_answer_wins_and_the_others_are_stopped(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    members = [Member("slow", sleeps(pids)), Member("fast", says(HOLDS, after=0.5))]
    started = time.monotonic()
    checked = run_portfolio(members, Checked((OPEN,)), Budget())
    assert time.monotonic() - started < 30
    assert checked.answers == (HOLDS,)
    assert gone([int(line) for line in pids.read_text(encoding="ascii").split()])


def test_every_property_gets_the_best_answer_of_anybody() -> None:
    def about(number: int, answer: Answer) -> Answer:
        return replace(answer, property=number)

    bounded = Answer(2, Verdict.BOUNDED, EvidenceKind.NONE, "bmc", depth=7)
    shallow = replace(bounded, engine="exploration", depth=3)
    first = says(about(0, HOLDS), about(1, OPEN), bounded)
    second = says(about(0, OPEN), about(1, VIOLATED), shallow)
    start = Checked(tuple(about(number, OPEN) for number in range(3)))
    checked = run_portfolio([Member("a", first), Member("b", second)], start, Budget())
    assert [(a.verdict, a.depth) for a in checked.answers] == [
        (Verdict.HOLDS, None),
        (Verdict.VIOLATED, None),
        (Verdict.BOUNDED, 7),
    ]
    assert reason_text(checked.answers[2].reason) == "a: nothing within 7 steps; b: nothing within 3 steps"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (HOLDS, VIOLATED),
        (VIOLATED, HOLDS),
        (Answer(0, Verdict.BOUNDED, EvidenceKind.NONE, "exploration", depth=2), VIOLATED),
    ],
)
def test_a_contradiction_is_an_error_that_keeps_both_sides(tmp_path: Path, first: Answer, second: Answer) -> None:
    members = [
        Member("left", says(first, leaves="lemmas.smt2")),
        Member("right", says(second, after=0.3, leaves="trace.json")),
    ]
    # A second property stays open, so that the first answer does not end the search.
    start = Checked((OPEN, replace(OPEN, property=1)))
    checked = run_portfolio(members, start, Budget(), kept=tmp_path)
    answer = checked.answers[0]
    assert answer.verdict is Verdict.ERROR
    assert f"{first.verdict.value}" in reason_text(answer.reason)
    assert f"{second.verdict.value}" in reason_text(answer.reason)
    assert checked.problem
    (kept,) = tmp_path.iterdir()
    assert str(kept) in reason_text(answer.reason)
    document = json.loads((kept / "answers.json").read_text(encoding="utf-8"))
    assert {side["verdict"] for side in document["answers"]} == {first.verdict.value, second.verdict.value}
    assert [[0, []], [1, [2]]] in [side["schedule"] for side in document["answers"]]
    assert (kept / "left" / "lemmas.smt2").read_text(encoding="utf-8") == "evidence"
    assert (kept / "right" / "trace.json").exists()


def test_after_a_contradiction_nothing_is_green(tmp_path: Path) -> None:
    other = replace(HOLDS, property=1)
    members = [Member("a", says(HOLDS, other)), Member("b", says(VIOLATED, after=0.3))]
    start = Checked(tuple(replace(OPEN, property=number) for number in range(3)))
    checked = run_portfolio(members, start, Budget(), kept=tmp_path)
    assert Verdict.HOLDS not in [answer.verdict for answer in checked.answers]


def test_a_member_that_breaks_down_has_no_answer_and_takes_nothing_with_it() -> None:
    def killed(budget: Budget, directory: Path, progress: Progress) -> Checked:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def confused(budget: Budget, directory: Path, progress: Progress) -> Checked:
        raise RuntimeError("smt: Out of Memory")

    start = Checked((OPEN, replace(OPEN, property=1)))
    members = [Member("killed", killed), Member("solver", confused), Member("fine", says(replace(HOLDS, property=1)))]
    checked = run_portfolio(members, start, Budget())
    assert [answer.verdict for answer in checked.answers] == [Verdict.UNKNOWN, Verdict.HOLDS]
    assert (
        reason_text(checked.answers[0].reason)
        == "killed: the process that checked this was killed by SIGKILL (out of memory?); solver: out of memory"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much a process has")
def test_memory_is_shared_out_and_what_goes_beyond_is_unknown() -> None:
    def greedy(budget: Budget, directory: Path, progress: Progress) -> Checked:
        assert budget.memory == 100 << 20
        kept = bytearray(300 << 20)
        return Checked((replace(HOLDS, states=len(kept)),))

    def modest(budget: Budget, directory: Path, progress: Progress) -> Checked:
        assert budget.memory == 200 << 20
        return Checked((replace(OPEN, states=len(bytearray(100 << 20))),))

    members = [Member("greedy", greedy), Member("modest", modest, share=2)]
    checked = run_portfolio(members, Checked((OPEN,)), Budget(memory=300 << 20))
    assert [(a.verdict, reason_text(a.reason)) for a in checked.answers] == [
        (Verdict.UNKNOWN, "greedy: out of memory; modest: no answer")
    ]


def test_a_member_that_does_not_notice_the_time_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("modelcheck.checking.portfolio.GRACE", 0.2)
    pids = tmp_path / "pids"
    checked = run_portfolio([Member("deaf", sleeps(pids))], Checked((OPEN,)), Budget(seconds=0.5))
    assert reason_text(checked.answers[0].reason) == "deaf: out of time"
    assert gone([int(pids.read_text(encoding="ascii"))])


# ------------------------------------------------------------------------ children and their parent

PARENT = """
import sys, time
from pathlib import Path
from modelcheck.result.budget import Budget
from modelcheck.checking.portfolio import Member, run_portfolio
from modelcheck.result.checked import Checked
from modelcheck.solver.certificates.recheck import ask
from tests.checking.test_portfolio import OPEN, sleeps

def grandparent(budget, directory, progress):
    return run_portfolio([Member("inner", sleeps(Path(sys.argv[1])))], Checked((OPEN,)), Budget())

members = [Member("a", sleeps(Path(sys.argv[1]))), Member("b", grandparent)]
run_portfolio(members, Checked((OPEN,)), Budget())
"""


@pytest.fixture
def family(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A process with a child and a grandchild that sleep, and their ids."""
    pids = tmp_path / "pids"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(pids)], cwd=ROOT, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    found: list[int] = []
    while len(found) < 2 and time.monotonic() < end:
        time.sleep(0.05)
        found = [int(line) for line in pids.read_text(encoding="ascii").split()] if pids.exists() else []
    yield parent, found
    for pid in (parent.pid, *found):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
    parent.wait(10)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_no_child_outlives_its_parent(how: signal.Signals, family: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    parent, children = family
    assert len(children) == 2
    assert all(alive(child) for child in children)
    os.kill(parent.pid, how)
    parent.wait(15)
    assert gone(children)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_second_solver_ends_with_the_process_that_asked_it(tmp_path: Path) -> None:
    pytest.importorskip("cvc5")
    hard = tmp_path / "hard.smt2"
    variables = "".join(f"(declare-fun x{n} () (_ BitVec 64))" for n in range(3))
    product = "(bvmul x0 (bvmul x1 x2))"
    hard.write_text(
        f"(set-logic QF_BV){variables}"
        f"(assert (= {product} #x123456789abcdef1))(assert (bvugt x0 #x00000000ffffffff))"
        "(assert (bvult x1 x0))(assert (bvult x2 x1))(assert (distinct (bvurem x0 x1) (bvurem x1 x2)))"
        "(assert (= (bvudiv x0 x2) (bvmul x1 x1)))(check-sat)\n",
        encoding="utf-8",
    )
    code = (
        "import sys; from pathlib import Path; from modelcheck.solver.certificates.recheck import ask; ask([],"
        " [Path(sys.argv[1])], 300)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(hard)], cwd=ROOT)
    try:
        children: list[int] = []
        end = time.monotonic() + 30
        while not children and time.monotonic() < end:
            time.sleep(0.05)
            text = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text(encoding="ascii")
            children = [int(pid) for pid in text.split()]
        time.sleep(0.5)
        assert children
    finally:
        parent.kill()
        parent.wait(10)
    assert gone(children)


# ---------------------------------------------------------------------------------- the real engines

STEPS = """
model steps;
shared x : 0..40 = 0;
shared y : 0..40 = 0;
process p { loop { atomic when (x < 40) { x = x + 1; } } }
process q { loop { atomic when (y < x) { y = y + 2 > 40 ? 0 : y + 2; } } }
invariant late  : !(x == 5 && y == 4);
invariant never : y <= x + 1;
cover     reach : x == 3;
scenario s { run p, q; }
"""


def model_of(text: str, scenario: str = "s"):  # type: ignore[no-untyped-def]
    return pipeline.Loaded(parse_text(text, "steps.mc")).edited().resolved(scenario).model


def verdicts(checked: Checked) -> list[tuple[Verdict, int | None]]:
    return [(answer.verdict, answer.length) for answer in checked.answers]


def test_a_small_model_needs_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("no process is started")

    monkeypatch.setattr("modelcheck.checking.portfolio.run_tasks", refuse)
    model = model_of(STEPS)
    together, alone = (check_model(model, Budget(), engine) for engine in ("portfolio", "auto"))
    assert verdicts(together) == verdicts(alone)


def test_engines_together_agree_with_exploration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "TOGETHER", AT_ONCE)
    model = model_of(STEPS)
    together = check_model(model, Budget(seconds=60), "portfolio")
    alone = check_model(model, Budget(), "explicit")
    assert verdicts(together) == verdicts(alone)
    assert set(together.traces) == {a.property for a in together.answers if a.schedule is not None}
    assert not together.problem


def stopped(ways: Ways, why: Stop, states: int = 10) -> Ways:
    """The same, with an exploration that comes to no end."""

    def ask(
        name: Name, known: Checked | None, budget: Budget, progress: Progress | None, request: Request | None
    ) -> Checked:
        if name != "exploration":
            return ways.ask(name, known, budget, progress, request)
        checked = ways.ask(name, known, replace(budget, states=states), progress, request)
        assert isinstance(checked.exploration, Exploration)
        return replace(checked, exploration=replace(checked.exploration, stopped=why))

    return replace(ways, ask=ask)


@pytest.fixture
def ways() -> Ways:
    """How the model above is checked."""
    model = model_of(STEPS)
    made = checker.Checker(model, elaborate(model))
    return Ways(model, made.system, made.ask, made.confirmed)


@pytest.mark.parametrize("why", [Stop.TIME, Stop.MEMORY])
def test_auto_unrolls_what_exploration_leaves_open(ways: Ways, why: Stop) -> None:
    names = [prop.name for prop in ways.system.properties]
    short = ways.ask("exploration", None, Budget(states=10), None, None)
    assert short.answers[names.index("late")].verdict is Verdict.BOUNDED
    checked = follow(plan.THEN_UNROLL, stopped(ways, why), Budget(seconds=60, steps=12))
    late = checked.answers[names.index("late")]
    assert (late.verdict, late.engine, late.length) == (Verdict.VIOLATED, "bmc", 7)
    assert len(checked.traces[late.property].steps) == 7
    never = checked.answers[names.index("never")]
    assert (never.verdict, never.depth) == (Verdict.BOUNDED, 12)


def test_auto_does_not_go_on_when_it_is_interrupted_or_out_of_time(ways: Ways) -> None:
    for broken, budget in (
        (stopped(ways, Stop.INTERRUPTED), Budget(seconds=60)),
        (stopped(ways, Stop.TIME), Budget(seconds=1)),
    ):
        checked = follow(plan.THEN_UNROLL, broken, budget)
        assert {answer.engine for answer in checked.answers} == {"explicit"}


def test_a_proof_wins_where_exploration_and_unrolling_cannot(ways: Ways) -> None:
    checked = follow(AT_ONCE, stopped(ways, Stop.STATES), Budget(seconds=15, steps=12))  # all of it, for the deadlock
    names = [prop.name for prop in ways.system.properties]
    never = checked.answers[names.index("never")]
    assert (never.verdict, never.evidence, never.engine) == (Verdict.HOLDS, EvidenceKind.PROVED, "induction")
    late = checked.answers[names.index("late")]
    assert (late.verdict, late.engine, late.length) == (Verdict.VIOLATED, "bmc", 7)


def test_a_wrong_proof_is_found_out(ways: Ways, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A prover that proves what is false meets a race while others are at work: an error, with the race kept."""
    number = next(prop.id for prop in ways.system.properties if prop.name == "late")

    def credulous(*_: object) -> Checked:
        return Checked((replace(HOLDS, property=number, reason=FOR_EVER),))

    monkeypatch.setattr(checker, "_proved", credulous)
    checked = follow(AT_ONCE, stopped(ways, Stop.STATES), Budget(seconds=60, steps=12), kept=tmp_path)
    names = [prop.name for prop in ways.system.properties]
    late = checked.answers[names.index("late")]
    assert late.verdict is Verdict.ERROR
    assert Verdict.HOLDS not in [
        a.verdict for a in checked.answers if not ways.system.properties[a.property].existential
    ]
    (kept,) = tmp_path.iterdir()
    document = json.loads((kept / "answers.json").read_text(encoding="utf-8"))
    assert document["property"] == "late"
    assert len(document["trace"]) == 7


def test_more_instances_are_unrolled_while_the_proof_is_sought() -> None:
    text = """
    model crowd;
    shared inside : 0..5 = 0;
    process worker { atomic { inside = inside + 1; } atomic { inside = inside - 1; } }
    invariant few : inside <= 2;
    scenario s { run worker[*]; }
    """
    spec = parse_text(text, "crowd.mc")
    model = pipeline.Loaded(spec).edited().resolved("s").model
    checked = check_model(
        model,
        Budget(seconds=30),
        "portfolio",
        sized=lambda counts: pipeline.Loaded(spec).edited().resolved("s", counts).model,
    )
    answers = {prop.name: answer for prop, answer in zip(model.properties, checked.answers, strict=True)}
    assert (answers["few"].verdict, answers["few"].length) == (Verdict.VIOLATED, 3)


def test_a_process_cannot_allocate_more_than_it_may() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells how much a process has")
    code = (
        "from modelcheck.checking.portfolio import limit_memory\nlimit_memory(50 << 20)\nbytearray(10 <<"
        " 20)\nbytearray(200 << 20)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "MemoryError" in ran.stderr


def test_spacer_is_a_member_of_its_own(ways: Ways, tmp_path: Path) -> None:
    """Without lemmas to start from, and with a certificate that the second solver confirmed all the same."""
    from modelcheck.engines.induction.fixed import prove_fixed

    outcomes = prove_fixed(
        ways.model, ways.system, SEMANTICS, ["late", "never"], 60, Request(tmp_path / "proof"), guessing=False
    )
    assert outcomes["never"].proved
    assert outcomes["never"].proof is not None
    assert "cvc5" in outcomes["never"].proof.rechecked_by
    assert (tmp_path / "proof").exists()
    assert not outcomes["late"].proved


def test_no_member_breaks_down(ways: Ways, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelcheck.checking.portfolio._Merged.settled", property(lambda self: False))
    checked = follow(AT_ONCE, stopped(ways, Stop.STATES), Budget(seconds=20, steps=3))
    reasons = [reason_text(answer.reason) for answer in checked.answers if answer.verdict is Verdict.UNKNOWN]
    assert any(
        all(f"{name}: " in reason for name in ("exploration", "bmc", "induction", "spacer")) for reason in reasons
    )
    assert not any("internal error" in reason_text(answer.reason) for answer in checked.answers)


def test_a_contradiction_without_processes_is_kept_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = join_answers(HOLDS, VIOLATED)
    assert answer.verdict is Verdict.ERROR
    (kept,) = tmp_path.iterdir()
    assert str(kept) in reason_text(answer.reason)
    assert {side["engine"] for side in json.loads((kept / "answers.json").read_text(encoding="utf-8"))["answers"]} == {
        "induction",
        "bmc",
    }
