"""Each operator on a few lines of code: the edits that it makes, and no others."""

from __future__ import annotations

import pytest

from modelcheck.language.syntax.parse import parse_text
from modelcheck.studies.mutate.mutants import mutants
from modelcheck.studies.mutate.operators import OPERATORS
from tests.studies.mutate.small import edits_of

DECLARATIONS = """
enum Why { a, b }
object Page pool 2 { count : atomic = 1; lock : mutex; names : ref Page = null; full : bool = false; size : 0..9 = 0; }
shared slot : ref Page = null;
shared n : 0..9 = 0;
shared word : 0..9 = 0;
param MOST : 1..3 = 2;
spinlock s;
completion ready;
event gone(p: ref Page);
shared marks : atomic bv<2> = 0;
callback release(p: ref Page) -> bool { return true; }
inline put(p: ref Page) { if (p->count.dec_and_test()) { free(p); } }
inline get(p: ref Page) { p->count.inc(); }
inline work(p: ref Page) { p->size = 1; }
"""


def process(body: str) -> str:
    return f"{DECLARATIONS}process p {{ local q : ref Page; local v : 0..9; {body} }}\nscenario one {{ run p; }}\n"


CASES: dict[str, tuple[str, list[str]]] = {
    "no_lock": (
        "a: lock(s); n = 1; if (v == 1) { unlock(s); return; } unlock(s);",
        [
            "replace in p { unlock(s); return; } with { return; } replace in p { unlock(s); } with { } delete p::a;",
        ],
    ),
    "drop_lock": ("spin_lock(&s); n = 1; spin_unlock(&s);", ["replace in p { spin_lock(&s); } with { }"]),
    "drop_unlock": ("lock(s); n = 1; u: unlock(s);", ["delete p::u;"]),
    "leak_lock": (
        "lock(s); if (n == 1) { unlock(s); return; } unlock(s);",
        ["replace in p { unlock(s); return; } with { return; }"],
    ),
    "drop_complete": ("complete(&ready);", ["replace in p { complete(&ready); } with { }"]),
    "drop_wait": ("wait_for_completion(&ready);", ["replace in p { wait_for_completion(&ready); } with { }"]),
    "drop_emit": ("emit gone(slot);", ["replace in p { emit gone(slot); } with { }"]),
    "drop_callback": ("q = slot; release(q);", ["replace in p { release(q); } with { }"]),
    "drop_get": (
        "q = slot; get(q);",
        ["replace in get { p->count.inc(); } with { }", "replace in p { get(q); } with { }"],
    ),
    "drop_put": ("q = slot; put(q);", ["replace in p { put(q); } with { }"]),
    "free_now": (
        "q = slot; kfree_rcu(q, rcu); r: call_rcu(&q->rcu, release); kvfree_rcu_mightsleep(slot);",
        [
            "replace in p { kfree_rcu(q, rcu); } with { kfree(q); }",
            "replace in p { kvfree_rcu_mightsleep(slot); } with { kfree(slot); }",
            "replace p::r { release(q); }",
        ],
    ),
    "leak_put": (
        "q = slot; if (n == 1) { put(q); goto out; } n = 2; out: put(q);",
        ["replace in p { put(q); goto out; } with { goto out; }"],
    ),
    "drop_free": (
        "q = slot; kfree(q);",
        ["replace in put { free(p); } with { }", "replace in p { kfree(q); } with { }"],
    ),
    "forget_clear": ("slot = null; q = null;", ["replace in p { slot = null; } with { }"]),
    "drop_store": (
        "WRITE_ONCE(n, 1); v = 1;",
        ["replace in work { p->size = 1; } with { }", "replace in p { WRITE_ONCE(n, 1); } with { }"],
    ),
    "drop_call": ("q = slot; work(q);", ["replace in p { work(q); } with { }"]),
    "twice_emit": ("e: emit gone(slot);", ["insert after p::e { emit gone(slot); }"]),
    "twice_callback": ("q = slot; release(q);", ["replace in p { release(q); } with { release(q); release(q); }"]),
    "twice_get": (
        "q = slot; g: get(q);",
        [
            "replace in get { p->count.inc(); } with { p->count.inc(); p->count.inc(); }",
            "insert after p::g { get(q); }",
        ],
    ),
    "twice_put": ("q = slot; p: put(q);", ["insert after p::p { put(q); }"]),
    "twice_free": ("", ["replace in put { free(p); } with { free(p); free(p); }"]),
    "early_free": (
        "q = slot; q->size = 2; free(q);",
        ["replace in p { q->size = 2; free(q); } with { free(q); q->size = 2; }"],
    ),
    "early_unlock": ("lock(s); n = 1; unlock(s);", ["replace in p { n = 1; unlock(s); } with { unlock(s); n = 1; }"]),
    "late_lock": (
        "l: lock(s); x: n = 1; n = 2;",
        ["replace in p { l: lock(s); x: n = 1; } with { x: n = 1; l: lock(s); }"],
    ),
    "early_put": ("q = slot; n = 1; put(q);", ["replace in p { n = 1; put(q); } with { put(q); n = 1; }"]),
    "late_get": ("q = slot; get(q); n = 1;", ["replace in p { get(q); n = 1; } with { n = 1; get(q); }"]),
    "move_emit": (
        "n = 1; emit gone(slot);",
        ["replace in p { n = 1; emit gone(slot); } with { emit gone(slot); n = 1; }"],
    ),
    "move_callback": (
        "q = slot; release(q); n = 1;",
        ["replace in p { release(q); n = 1; } with { n = 1; release(q); }"],
    ),
    "late_clear": ("slot = null; n = 1;", ["replace in p { slot = null; n = 1; } with { n = 1; slot = null; }"]),
    "swap_steps": ("n = 1; word = 2;", ["replace in p { n = 1; word = 2; } with { word = 2; n = 1; }"]),
    "split_atomic": (
        "atomic { n = 1; word = 1; } atomic when (n == 1) { n = 2; } atomic { n = 3; } atomic { n = n + 1; }"
        "atomic { n = 4; emit gone(slot); } atomic when (n == 5) { emit gone(slot); }",
        [
            "replace in p { atomic { n = n + 1; } } with { n = n + 1; }",
            "replace in p { atomic { n = 1; word = 1; } } with { n = 1; word = 1; }",
            "replace in p { atomic when (n == 1) { n = 2; } } with { when (n == 1); n = 2; }",
        ],
    ),
    "plain_inc": (
        "q = slot; if (!q->count.inc_not_zero()) { return; } v = atomic_inc_not_zero(&q->count) ? 1 : 2;",
        [
            "replace in p { if (!q->count.inc_not_zero()) { return; } } with { q->count.inc(); }",
            "replace in p { v = atomic_inc_not_zero(&q->count) ? 1 : 2; } with { v = q->count.inc_return() != 0 ? 1 : 2; }",
        ],
    ),
    "no_get": (
        "q = slot; g: if (!q->count.inc_not_zero()) { return; }",
        ["replace p::g { if (!(q->count != 0)) { return; } }"],
    ),
    "test_for_freeze": (
        "q = slot; f: if (q->count.freeze(2)) { n = 1; }",
        ["replace p::f { if (q->count == 2) { n = 1; } }"],
    ),
    "test_after_put": (
        "",
        [
            "replace in put { if (p->count.dec_and_test()) { free(p); } } with { p->count.dec(); if (p->count == 0) { free(p); } }"
        ],
    ),
    "plain_bit": (
        "x: set_bit(1, &marks); if (test_bit(0, &marks)) { clear_bit(0, &marks); } atomic { set_bit(0, &marks); }",
        [
            "replace p::x { __set_bit(1, &marks); }",
            "replace in p { clear_bit(0, &marks); } with { __clear_bit(0, &marks); }",
        ],
    ),
    "split_exchange": ("x: v = word.xchg(3);", ["replace p::x { v = word; word = 3; }"]),
    "drop_check": (
        "v = 1; if (v == 1) { n = 1; } else { n = 2; } if (v == 2) { mid: n = 3; }",
        [
            "replace in put { if (p->count.dec_and_test()) { free(p); } } with { }",
            "replace in p { if (v == 1) { n = 1; } else { n = 2; } } with { n = 2; }",
            "replace in p { if (v == 2) { mid: n = 3; } } with { if (false) { mid: n = 3; } }",
        ],
    ),
    "drop_recheck": (
        "if (n == 1) { return; } lock(s); if (n == 1) { unlock(s); return; }",
        ["replace in p { if (n == 1) { unlock(s); return; } } with { }"],
    ),
    "always": (
        "v = 1; if (v == 1) { n = 1; } else { mid: n = 2; }",
        [
            "replace in put { if (p->count.dec_and_test()) { free(p); } } with { free(p); }",
            "replace in p { if (v == 1) { n = 1; } else { mid: n = 2; } } with { if (true) { n = 1; } else { mid: n = 2; } }",
        ],
    ),
    "drop_conjunct": (
        "w: when (n == 1 && word == 2 && v == 3);",
        [
            "replace p::w { when (n == 1 && word == 2); }",
            "replace p::w { when (word == 2 && v == 3); }",
            "replace p::w { when (n == 1 && v == 3); }",
        ],
    ),
    "no_wait": (
        "w: when (n == 1) { word = 1; } c: v = cond_load(n, VAL != 0); a: atomic when (n == 2) { n = 3; }",
        ["replace p::w { word = 1; }", "replace p::c { v = n; }", "replace p::a { atomic { n = 3; } }"],
    ),
    "no_retry": (
        "w: while (n == 1) { word = 1; } d: do { word = 2; } while (n == 2); while (n == 3) { if (word == 1) { break; } }",
        ["replace p::w { if (n == 1) { word = 1; } }", "replace p::d { word = 2; }"],
    ),
    "off_by_one": (
        "q = slot; f: if (q->count.freeze(MOST)) { } a: n += 1; z: v = n == 0 ? 1 : 2; s: n = 2; n = 1; p: n = word + 1;",
        [
            "replace p::f { if (q->count.freeze(MOST + 1)) { } }",
            "replace p::f { if (q->count.freeze(MOST - 1)) { } }",
            "replace p::a { n += 2; }",
            "replace p::a { n += 0; }",
            "replace p::z { v = n == 1 ? 1 : 2; }",
            "replace p::s { n = 3; }",
            "replace p::s { n = 1; }",
            "replace p::p { n = word + 2; }",
            "replace p::p { n = word + 0; }",
        ],
    ),
    "boundary": ("b: if (n < word) { v = 1; }", ["replace p::b { if (n <= word) { v = 1; } }"]),
    "wrong_goto": (
        "if (n == 1) { goto one; } n = 2; one: n = 3; goto two; two: n = 4;",
        ["replace in p { goto one; } with { goto two; }"],
    ),
    "early_return": (
        "if (n == 1) { goto one; } one: n = 3;",
        ["replace in p { goto one; } with { return; }"],
    ),
    "wrong_result": ("", ["replace in release { return true; } with { return false; }"]),
}


#: Tests that are statements of their own: what only looks is no statement.
ALONE = {
    "plain_inc": ["replace p::i { q->count.inc(); }"],
    # (To leave them out is what `drop_get` and `drop_store` do.)
    "no_get": [],
    "test_for_freeze": [],
    "no_wait": ["delete p::c;"],
}


@pytest.mark.parametrize("operator", ALONE)
def test_a_test_that_nobody_asks(operator: str) -> None:
    body = "q = slot; i: q->count.inc_not_zero(); f: q->count.freeze(2); c: smp_cond_load_acquire(&n, VAL != 0);"
    assert edits_of(process(body), operator) == ALONE[operator]


def test_what_is_said_of_a_condition_taken_for_false() -> None:
    bodies = ("if (n == 1) { goto out; } out: n = 3;", "if (n == 1) { word = 1; } n = 3;")
    made = [mutants(parse_text(process(body), "small.mc").items) for body in bodies]
    said = [one.says for some in made for one in some if one.operator == "drop_check" and one.owner == "p"]
    assert said == ["does not test `n == 1`", "takes `n == 1` for false"]


#: Inlines, and what it is to leave a call of one out.
PURPOSES = {
    "{ n = 1; put(p); }": "drop_put",
    "{ if (p->count.dec_and_test()) { lock(s); slot = null; unlock(s); release(p); free(p); } }": "drop_put",
    "{ atomic { p->full = false; free(p); } }": "drop_free",
    "{ local r : ref Page = p->names; if (r != null) { free(r); } }": "drop_free",
    "{ lock(s); slot = null; unlock(s); put(p); }": "drop_call",
    "{ release(p); put(p); }": "drop_call",
    "{ lock(p->lock); }": "drop_lock",
}


@pytest.mark.parametrize("body", PURPOSES)
def test_what_an_inline_is_for(body: str) -> None:
    text = f"inline helper(p: ref Page) {body}\n{process('q = slot; h: helper(q);')}"
    told = [
        name for name in ("drop_put", "drop_free", "drop_call", "drop_lock") if "delete p::h;" in edits_of(text, name)
    ]
    assert told == [PURPOSES[body]]


def test_every_operator_has_a_case() -> None:
    assert set(CASES) == {operator.name for operator in OPERATORS}


@pytest.mark.parametrize("operator", CASES)
def test_edits(operator: str) -> None:
    body, expected = CASES[operator]
    assert sorted(edits_of(process(body), operator)) == sorted(expected)
