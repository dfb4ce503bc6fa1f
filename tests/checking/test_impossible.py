"""Facts of the front end that are wrong: what is left out of the list of obligations, or said not to
apply, happens; every engine notices.

Each test takes one fact away, as a mistake in ``resolve`` would, and runs what runs by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from modelcheck.checking.crosscheck.crosscheck import cross_check
from modelcheck.checking.crosscheck.failure import CrossCheckFailure
from modelcheck.checking.run import check_model
from modelcheck.engines.explicit import explore
from modelcheck.language.resolve.facts.facts import Bodies, Facts, Reach
from modelcheck.language.resolve.properties.obligations import Universe
from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.model.absences import NobodyRuns
from modelcheck.model.obligations import OBLIGATIONS
from modelcheck.model.trees import FIELDS
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.reasons.differences import Impossible
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter

#: By kind: code in which an obligation of it is violated, in a spec that has other properties which hold.
SPECS = {
    "null_deref": "object T pool 1 { n : 0..1 = 0; } shared t : ref T; process p { t->n = 1; }",
    "use_after_free": (
        """object T pool 1 { n : 0..1 = 0; } shared t : ref T = new T;
        process p { free(t); t->n = 1; }"""
    ),
    "double_free": "object T pool 1 { } shared t : ref T = new T; process p { local l : ref T = t; free(l); free(l); }",
    "free_active": (
        """object T pool 1 { t : timer_list = fired; } inline fired(o: ref T) { } shared t : ref T = new T;
        process p { local l : ref T = t; mod_timer(&l->t, 1); free(l); }"""
    ),
    "leak": "object T pool 1 { } process p { local l : ref T = new T; }",
    "pool_exhausted": "object T pool 1 { } shared t : ref T = new T; process p { local l : ref T = new T; t = l; }",
    "unassigned_read": "shared y : 0..1 = 0; process p { local l : 0..1; y = l; }",
    "range": "shared y : 0..1 = 0; process p { y += 1; y += 1; }",
    "index": "shared y : 0..1[0..2] = 0; shared i : 0..5 = 0; process p { i = 4; y[i] = 1; }",
    "division_by_zero": "shared y : 0..4 = 0; process p { y = 4 / y; }",
    "option_none": "shared y : opt<0..3> = none; shared z : 0..3 = 0; process p { z = the(y); }",
    "assertion": "shared y : 0..4 = 0; process p { assert y == 1; }",
    "requires": "shared y : 0..4 = 0; callback f() requires y == 1 { } process p { y = 2; f(); }",
    "frozen": "shared a : atomic = 2; process p { local b : bool = a.freeze(2); a.inc(); }",
    "refcount": "shared a : refcount = 0; process p { a.inc(); }",
    "double_unlock": "mutex m; process p { lock(m); unlock(m); unlock(m); }",
    "unlock_not_owner": "mutex m; process p { lock(m); } process q { when (locked(m)); unlock(m); }",
    "self_deadlock": "mutex m; process p { lock(m); lock(m); }",
    "sleep_in_atomic": "mutex m; spinlock s; process p { lock(s); lock(m); unlock(m); unlock(s); }",
    "blocking_not_running": (
        "wait_queue_head q; mutex m; process p { set_current_state(TASK_INTERRUPTIBLE); lock(m); unlock(m); }"
    ),
    "suspicious_rcu": (
        "object T pool 1 { } shared t : ref T = new T; process p { local k : ref T = rcu_dereference(t); "
        "rcu_read_lock(); rcu_read_unlock(); }"
    ),
    "rcu_self_wait": "process p { rcu_read_lock(); synchronize_rcu(); rcu_read_unlock(); }",
    "double_call_rcu": (
        """object T pool 1 { rcu : rcu_head; } shared t : ref T = new T;
        process p { local k : ref T = t; call_rcu(&k->rcu, done_with); call_rcu(&k->rcu, done_with); }
        callback done_with(k: ref T) { }"""
    ),
    "unbalanced": "cpu c0; process p on c0 { local_irq_disable(); }",
    "free_locked": (
        """object T pool 1 { l : mutex; } shared t : ref T = new T;
        process p { local k : ref T = t; lock(k->l); free(k); }"""
    ),
    "lock_held_at_end": "mutex m; process p { lock(m); }",
    "deadlock": "shared y : 0..4 = 0; process p { when (y == 1); }",
    "stuck": "shared y : 0..4 = 0; process p { loop { y = 1; y = 0; } }",
}
TAIL = " shared other : 0..3 = 0; process w { other = 1; } invariant fine : other != 2;"


def _model(kind: str, more: str = TAIL) -> typed.Model:
    return instantiate(parse_text(SPECS[kind] + more, f"{kind}.mc"))[0]


@contextmanager
def without(monkeypatch: pytest.MonkeyPatch, kind: str) -> Iterator[None]:
    """Nothing of this kind is listed."""
    before = Universe.possible
    with monkeypatch.context() as patched:
        patched.setattr(Universe, "possible", lambda self, asked: () if asked == kind else before(self, asked))
        yield


def assert_withdrawn(checked: Checked, what: str) -> None:
    """Nothing is green, nothing is said not to apply, and the reason names what happened."""
    assert checked.answers
    for answer in checked.answers:
        assert answer.verdict in (Verdict.ERROR, Verdict.VIOLATED), answer
    errors = [answer for answer in checked.answers if answer.verdict is Verdict.ERROR]
    assert errors
    for answer in errors:
        assert isinstance(answer.reason, Impossible)
        assert what in reason_text(answer.reason)


def test_every_kind_is_tried() -> None:
    assert set(SPECS) == set(OBLIGATIONS)


@pytest.mark.parametrize("kind", OBLIGATIONS)
def test_the_kind_is_listed_where_it_occurs(kind: str) -> None:
    model = _model(kind)
    checked = check_model(model, Budget())
    verdicts = {model.properties[a.property].name: a.verdict for a in checked.answers}
    assert verdicts[kind] is Verdict.VIOLATED
    assert verdicts["fine"] is Verdict.HOLDS


@pytest.mark.parametrize("engine", ["explicit", "native"])
@pytest.mark.parametrize("kind", OBLIGATIONS)
def test_a_kind_that_is_not_listed(kind: str, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with without(monkeypatch, kind):
        model = _model(kind)
    assert kind not in {p.name for p in model.properties}
    assert_withdrawn(check_model(model, Budget(), engine), kind)


@pytest.mark.parametrize("kind", ["use_after_free", "assertion", "leak", "lock_held_at_end", "division_by_zero"])
def test_bounded_model_checking_notices(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with without(monkeypatch, kind):
        model = _model(kind)
    assert_withdrawn(check_model(model, Budget(steps=4, seconds=20), "bmc"), kind)


def test_any_number_of_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second instance divides by zero."""
    text = (
        "shared y : 0..4 = 2; process p { atomic { y = 4 / y; y = 0; } } invariant fine : y != 3; scenario s { run"
        " p[*]; }"
    )
    spec = parse_text(text, "any.mc")
    with without(monkeypatch, "division_by_zero"):
        model = instantiate(spec)[0]
        checked = check_model(
            model, Budget(seconds=20), sized=lambda counts: instantiate(spec, None, counts=dict(counts))[0]
        )
    assert_withdrawn(checked, "division_by_zero(p)")


def test_integers_without_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    text = """shared y : int = 3; process p { loop { y = y + 1; if (y == 5) { y = y / (y - 5); } } } invariant fine : y >= 3;"""
    with without(monkeypatch, "division_by_zero"):
        model = instantiate(parse_text(text, "grows.mc"))[0]
    assert_withdrawn(check_model(model, Budget(seconds=20)), "division_by_zero(p)")


def test_in_the_initial_state(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "shared y : 0..4 = 0; process p { local l : 0..4 = 0; assert l == 1; y = l; } invariant fine : y == 0;"
    with without(monkeypatch, "assertion"):
        model = instantiate(parse_text(text, "initial.mc"))[0]
    assert_withdrawn(check_model(model, Budget()), "in the initial state")


@pytest.mark.parametrize("builtin", ["declared", "new", "free", "call"])
def test_an_event_that_is_said_not_to_occur(builtin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The properties that miss it do not apply, and say so no longer."""
    happens = {"declared": "emit e();", "new": "t = new T;", "free": "free(new T);", "call": "f();"}[builtin]
    event = {"declared": "e()", "new": "new(T)", "free": "free(T)", "call": "f()"}[builtin]
    text = f"""object T pool 2 {{ }} shared t : ref T; event e(); event other(); callback f() {{ }}
        process p {{ emit other(); {happens} }}
        count last : at most once {event}; invariant fine : true || t == null;"""
    before = Reach.occurs
    spec = parse_text(text, "event.mc")
    assert instantiate(spec)[0].properties[0].not_applicable is None

    def occurs(self: Reach, event: typed.Event) -> bool:
        return "other" in event.name and before(self, event)

    with monkeypatch.context() as patched:
        patched.setattr(Reach, "occurs", occurs)
        model = instantiate(spec)[0]
    assert model.properties[0].not_applicable is not None
    checked = check_model(model, Budget())
    assert_withdrawn(checked, "occurs")
    assert checked.answers[0].verdict is Verdict.ERROR


def test_a_label_that_is_said_to_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "shared y : 0..1 = 0; process p { A: y = 1; } invariant never_there : !at(p::A); invariant fine : true || y"
        " == 0;"
    )
    with monkeypatch.context() as patched:
        patched.setattr(Reach, "passes", lambda self, label, atomic=False: False)
        model = instantiate(parse_text(text, "label.mc"))[0]
    assert model.properties[0].not_applicable is not None
    assert_withdrawn(check_model(model, Budget()), "control gets to `A`")


def test_labels_that_are_absent_are_no_contradiction() -> None:
    """Nothing leads to A, though what stands there is reached by another name; nobody is ever at C, which is atomic."""
    text = """shared y : 0..1 = 0; process p { goto B; A: B: y = 1; atomic { C: y = 0; } }
        invariant a : !at(p::A); invariant c : !at(p::C); invariant fine : true || y == 0;"""
    model = instantiate(parse_text(text, "labels.mc"))[0]
    assert [p.not_applicable is None for p in model.properties[:3]] == [False, False, True]
    verdicts = [a.verdict for a in check_model(model, Budget()).answers]
    assert verdicts[:3] == [Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE, Verdict.HOLDS]
    assert Verdict.ERROR not in verdicts


def test_a_process_that_is_said_not_to_run() -> None:
    model = _model("range")
    first = replace(model.properties[0], not_applicable=NobodyRuns("p"), absent="p")
    checked = check_model(replace(model, properties=(first, *model.properties[1:])), Budget())
    assert_withdrawn(checked, "`p` runs")


def nothing_of(bodies: Mapping[str, typed.Stmt], functions: Mapping[str, typed.Stmt]) -> Bodies:
    """What a front end would find that finds nothing."""
    return Bodies(dict.fromkeys(bodies, Facts()), dict.fromkeys(functions, Facts()), frozenset(functions))


def test_code_that_is_said_not_to_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever facts are missing: here all of them."""
    with monkeypatch.context() as patched:
        patched.setattr("modelcheck.language.resolve.facts.facts.of_bodies", nothing_of)
        model = _model("use_after_free")
    assert_withdrawn(check_model(model, Budget()), "use_after_free(T)")


def test_the_command_ends_as_with_any_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: Any) -> None:
    from modelcheck.cli.main import main

    spec = tmp_path / "spec.mc"
    spec.write_text(SPECS["range"] + TAIL + " scenario s { run p, w; }")
    with without(monkeypatch, "range"), pytest.raises(SystemExit) as ended:
        main(["check", str(spec), "--no-cache"])
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert "said to be impossible" in " ".join((printed.out + printed.err).split())


def test_the_cross_check_notices_what_the_engine_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The elaborator believes the facts, the interpreter does not."""
    from modelcheck.semantics.elaborate.properties.properties import Properties

    with without(monkeypatch, "assertion"):
        model = _model("assertion")
    with monkeypatch.context() as patched:
        patched.setattr(Properties, "claimed", lambda self, key: self.claims.get(key, ()))
        system = elaborate(model)
    assert system.impossible is None
    with pytest.raises(CrossCheckFailure):
        cross_check(system, MemoisedInterpreter(model), explore(system, Budget()))


#: Those whose spec frees nothing, and reads through references.
UNFREED = ("null_deref", "pool_exhausted", "leak", "double_call_rcu")


def test_nothing_is_watched_where_everything_is_listed() -> None:
    for kind in OBLIGATIONS:
        assert elaborate(_model(kind)).impossible is None or kind in UNFREED, kind


def test_a_shared_place_that_is_said_to_be_local() -> None:
    """The interpreter sees for itself which places are shared; the elaborator believes the tree, so the two differ."""
    text = "shared y : 0..4 = 0; process p { y = y + 1; } process q { y = y + 1; } final both : y == 2;"
    checked = check_model(_with_local_loads(instantiate(parse_text(text, "places.mc"))[0]), Budget())
    assert {answer.verdict for answer in checked.answers} <= {Verdict.ERROR, Verdict.VIOLATED}
    assert any(answer.verdict is Verdict.ERROR for answer in checked.answers)


def _with_local_loads(node: Any) -> Any:
    """The same tree, in which no place that is read is shared."""
    if isinstance(node, tuple):
        return tuple(_with_local_loads(part) for part in node)
    if isinstance(node, typed.Load):
        return replace(node, place=replace(node.place, shared=False))
    if is_dataclass(node) and not isinstance(node, type) and type(node) in FIELDS:
        return replace(node, **{f.name: _with_local_loads(getattr(node, f.name)) for f in fields(node)})
    return node


@pytest.mark.parametrize(
    "body",
    [
        "shared o : opt<0..3> = none; process p { local v : 0..9 = x; o = some(v); }",
        "inline f(n : 0..9) -> 0..3 { return n; } shared y : 0..3 = 0; process p { y = f(x); }",
    ],
)
def test_a_value_that_is_said_to_fit(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a value has no store of its own it must be known to fit; if that were wrong, nothing would hold."""
    text = (
        "shared x : 0..9 = 7; "
        + body
        + " shared other : 0..3 = 0; process w { other = 1; } invariant fine : other != 2;"
    )
    with monkeypatch.context() as patched:
        for module in ("code.expressions", "code.statements", "code.calls", "types.conversion", "names.table"):
            patched.setattr(
                f"modelcheck.language.resolve.{module}.static_range", lambda *arguments: None, raising=False
            )
        patched.setattr("modelcheck.language.resolve.code.statements._needs_check", lambda value, result: False)
        model = instantiate(parse_text(text, "fits.mc"))[0]
    assert {answer.verdict for answer in check_model(model, Budget()).answers} == {Verdict.ERROR}
