"""Properties: keys, events of the language's own, labels, and where a property says nothing."""

from __future__ import annotations

import pytest

from modelcheck.model import typed
from tests.language.resolve.helpers import model, properties

HEAD = """
param MX : bool = true;
enum Path { by_a, by_b }
object Page pool 2 { count : atomic = 1; }
shared slot : ref Page = null;
event removed(p: ref Page, by: Path);
event freed(p: ref Page);
event never_made();
callback release(p: ref Page) -> bool { return true; }
inline remove(p: ref Page) { del: emit removed(p, by_a); if (!MX) { rare: emit freed(p); } }
process a { local p : ref Page = new Page; go: remove(p); if (release(p)) { free(p); } }
process b { local p : ref Page = slot; go: atomic { inner: emit freed(p); } end: slot = null; }
scenario only_a { run a; }
scenario only_b { run b; }
scenario shared_a : only_a { param MX = false; }
scenario all { run a[2], b; }
"""


@pytest.mark.parametrize(
    ("text", "scenarios"),
    [
        ("cover c : at(a::go);", "only_a shared_a all"),
        ("cover c : at(b::end) && slot == null;", "only_b all"),
        ("cover c : at(remove::del);", "only_a shared_a all"),
        ("cover c : at(a::remove/rare);", "shared_a"),
        ("cover c : at(a::go/del);", "only_a shared_a all"),
        ("cover c : after(b::inner);", ""),
        ("invariant c : nr_at(a::go, b::end) <= 1;", "all"),
        ("invariant c : forall i in a : at(a[i]::go) => true;", "only_a shared_a all"),
        ("invariant c : nr(b) == 0;", "only_a only_b shared_a all"),
        ("count c : exactly once freed(p) per removed(p, _) within drained;", "only_a shared_a all"),
        ("count c : exactly once removed(p, _) per freed(p) within drained;", "only_b shared_a all"),
        ("count c : never freed(_);", "only_a only_b shared_a all"),
        ("count c : never never_made();", ""),
        ("count c : exactly once freed(_) within drained;", "only_b shared_a all"),
        ("count c : at most once freed(_);", "only_b shared_a all"),
        ("count c : at least once never_made() within drained;", "only_a only_b shared_a all"),
        ("count c : at most once free(Page) per new(Page);", "only_a shared_a all"),
        ("order c : removed(p, _) before freed(p);", "only_b shared_a all"),
        ("order c : new(p) before removed(p, by_a);", "only_a shared_a all"),
        ("only_if c : removed(p, how) only if how == by_a;", "only_a shared_a all"),
        ("only_if c : release(p) == true only if p != null;", "only_a shared_a all"),
        ("may c : exists p in Page : p->count == 1 may release(p) == true;", "only_a shared_a all"),
        ("may c : slot == null may slot != null;", "only_a only_b shared_a all"),
        ("obligation c : requires(release);", "only_a shared_a all"),
        ("obligation c : uninit(b.p);", "only_b all"),
        ("obligation c : range(Page.count), leak(Page);", "only_a only_b shared_a all"),
    ],
)
def test_where_a_property_applies(text: str, scenarios: str) -> None:
    applies = [
        name
        for name in ("only_a", "only_b", "shared_a", "all")
        if properties(HEAD + text, name)["c"].not_applicable is None
    ]
    assert applies == scenarios.split()


def body(text: str) -> typed.PropertyBody:
    return properties(HEAD + text, "all")["c"].body


def test_keys_are_the_names_that_both_patterns_have() -> None:
    found = body("count c : exactly once freed(k) per removed(k, how) within drained;")
    assert isinstance(found, typed.Count)
    assert [key.name for key in found.keys] == ["k"]
    assert found.counted.arguments == (found.keys[0],)
    assert found.per is not None
    assert found.per.arguments == (found.keys[0], None)


def test_constants_in_patterns() -> None:
    found = body("count c : never removed(_, by_b);")
    assert isinstance(found, typed.Count)
    assert found.keys == ()
    constant = found.counted.arguments[1]
    assert isinstance(constant, typed.Constant)
    assert constant.value == 1


def test_new_and_free_take_their_object_from_the_other_pattern() -> None:
    found = model(
        HEAD + "count c : at most once free(Page) per removed(_, _); order d : new(p) before freed(p);", "all"
    )
    names = {event.name: event for event in found.events if event.kind is not typed.EventKind.EMIT}
    assert set(names) == {"free Page", "new Page"}
    assert [event.id for event in found.events] == list(range(len(found.events)))


def test_only_watched_callbacks_have_events() -> None:
    (release,) = [f for f in model(HEAD, "all").inlines if f.name == "release"]
    assert (release.call_event, release.return_event) == (None, None)
    found = model(HEAD + "only_if c : release(p) == true only if p != null;", "all")
    (release,) = [f for f in found.inlines if f.name == "release"]
    assert release.call_event is None
    event = next(e for e in found.events if e.id == release.return_event)
    assert [p.name for p in event.parameters] == ["p", "result"]


def test_only_if_binds_the_names_of_its_pattern() -> None:
    found = body("only_if c : removed(p, how) only if p->count > 0 && how == by_a;")
    assert isinstance(found, typed.OnlyIf)
    assert [a.name for a in found.event.arguments if isinstance(a, typed.Local)] == ["p", "how"]


def test_a_label_path() -> None:
    found = body("cover c : at(a[1]::go/del);")
    assert isinstance(found, typed.Cover)
    assert isinstance(found.expression, typed.AtLabel)
    label = found.expression.label
    assert (label.process, label.path, label.inline, label.label) == ("a", ("go",), "remove", "del")
    assert isinstance(label.replica, typed.Constant)
    assert label.replica.value == 1


def test_unclaimed_obligations_are_grouped_by_kind() -> None:
    found = properties(HEAD + "obligation mine : leak(Page), double_free(Page);", "all")
    assert found["mine"].body == typed.Obligation(
        (typed.ObligationKey("leak", "Page"), typed.ObligationKey("double_free", "Page"))
    )
    assert "leak" not in found
    assert "double_free" not in found
    assert found["deadlock"].builtin
    assert found["deadlock"].body == typed.Obligation((typed.ObligationKey("deadlock", ""),))
    assert found["use_after_free"].body == typed.Obligation((typed.ObligationKey("use_after_free", "Page"),))
    assert "self_deadlock" not in found
    assert "division_by_zero" not in found
    numbers = [p.id for p in model(HEAD, "all").properties]
    assert numbers == list(range(len(numbers)))


def test_kinds_without_a_subject_mean_all_of_them() -> None:
    found = properties(HEAD + "obligation mine : range, stuck;", "all")["mine"].body
    assert isinstance(found, typed.Obligation)
    assert typed.ObligationKey("range", "Page.count") in found.keys
    assert typed.ObligationKey("stuck", "") in found.keys


def test_an_object_stands_for_all_its_fields() -> None:
    text = (
        "object T pool 1 { a : 0..3; b : bool; c : 0..1[2]; l : mutex; } process p { local t : ref T = new T;"
        " lock(t->l); }"
    )
    found = properties(text + " obligation o : range(T); obligation i : index(T); obligation u : uninit(T);")
    kinds = {name: found[name].body for name in "oiu"}
    subjects = {n: [k.subject for k in b.keys] for n, b in kinds.items() if isinstance(b, typed.Obligation)}
    assert subjects == {"o": ["T.a", "T.c"], "i": ["T.c"], "u": ["T.a", "T.b", "T.c"]}
