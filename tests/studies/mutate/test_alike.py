"""Two designs side by side: what can be told apart, by what and how soon, and what cannot."""

from __future__ import annotations

import pytest

from modelcheck.ir.system import System
from modelcheck.language.pipeline import Loaded
from modelcheck.language.syntax.parse import parse_text
from modelcheck.semantics.elaborate import elaborate
from modelcheck.studies.mutate.alike import Difference, Kind, TooManyError, difference
from modelcheck.studies.mutate.settled import differs_in_settled_steps_only
from modelcheck.studies.mutate.unseen import differs_in_unseen_steps_only

HEAD = """
object Page pool 1 { count : atomic = 1; names : 0..3 = 0; }
shared x : 0..3 = 0;
shared y : 0..3 = 0;
shared z : 0..3 = 0;
shared r : ref Page = new Page;
spinlock s;
event seen(n: 0..3);
process other { x = 1; }
final rest : true;
scenario both { run p, other; }
"""


def system(body: str) -> System:
    spec = parse_text(f"{HEAD}process p {{ local v : 0..3; local q : ref Page; {body} }}", "small.mc")
    return elaborate(Loaded(spec).edited(None).resolved("both").model)


def first(one: str, other: str) -> Difference | None:
    return difference(system(one), system(other))


SAME = [
    ("v = x; y = 1;", "v = x; y = 1;"),
    # What locals hold, and how control points are called, is nobody's business.
    ("a: v = x; b: if (v == 1) { y = 1; } else { y = 1; }", "v = x; y = 1;"),
    ("lock(s); y = 1; unlock(s);", "l: lock(s); y = 3 - 2; unlock(s);"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same(one: str, other: str) -> None:
    assert first(one, other) is None


def test_the_first_difference() -> None:
    assert first("y = 1;", "y = 2;") == Difference(Kind.MEMORY, 1, ("y",))
    assert first("y = 1; y = 2;", "y = 1;") == Difference(Kind.MOVES, 1, ("p",))
    assert first("emit seen(1);", "emit seen(2);") == Difference(Kind.EVENTS, 1, ("seen",))
    assert first("y = 1; emit seen(1);", "y = 1; emit seen(2);") == Difference(Kind.EVENTS, 2, ("seen",))
    assert first("lock(s); unlock(s);", "y = y; y = y;") == Difference(Kind.MEMORY, 1, ("s", "p holds s"))
    assert first("y = 1; when (x == 3);", "y = 1;") == Difference(Kind.REST, 2, ("p",))
    assert first("y = 1; unlock(s);", "y = 1; v = y;") == Difference(Kind.VIOLATIONS, 2, ("double_unlock",))


def test_only_one_has_a_lock_or_a_count() -> None:
    """What one of them does not have never changes there."""
    assert first("q = r; q->count.freeze(2);", "q = r; v = q->names;") is None
    assert first("q = r; q->count.freeze(1);", "q = r; v = q->names;") == Difference(
        Kind.MEMORY, 2, ("Page[0].count", "frozen(Page[0].count)")
    )


def test_too_much_to_look_at() -> None:
    with pytest.raises(TooManyError):
        difference(system("y = 1; y = 2;"), system("y = 1; y = 2;"), limit=3)
    with pytest.raises(TooManyError):
        differs_in_unseen_steps_only(system("y = 1; y = 2;"), system("y = 1;"), limit=3)


def unseen(one: str, other: str) -> bool:
    assert differs_in_unseen_steps_only(system(one), system(one))
    assert first(one, other) is not None
    found = differs_in_unseen_steps_only(system(one), system(other))
    assert differs_in_unseen_steps_only(system(other), system(one)) is found
    return found


def test_steps_that_nobody_sees() -> None:
    assert unseen("v = x; y = 1;", "y = 1;")
    assert unseen("v = x; emit seen(0); v = y; y = 1;", "v = y; v = x; emit seen(0); y = 1;")
    assert unseen("y = 1; y = 1;", "y = 1;")
    assert unseen("y = 1; v = x;", "y = 1;")
    assert unseen("if (x == 1) { v = 1; } else { v = 2; } y = 1;", "y = 1;")
    # Going round while nothing is to be seen: it ends if the other one ever moves.
    assert unseen("loop { v = x; if (v == 1) { break; } } y = 1;", "when (x == 1); y = 1;")


def test_steps_that_somebody_sees() -> None:
    assert not unseen("y = 1; y = 2;", "y = 2;")
    assert not unseen("v = x; if (v == 1) { y = 1; }", "y = 1;")
    # What was read decides what is written: only so long as nobody writes in between it is the same.
    assert not unseen("v = x; y = 2; y = v;", "y = 2; v = x; y = v;")
    assert not unseen("emit seen(1);", "v = x;")
    assert not unseen("q = r; touch(q);", "q = r;")
    assert not unseen("lock(s); y = 1; unlock(s);", "y = 1;")
    assert not unseen("q = r; free(q);", "q = r;")


def test_waiting_for_ever_is_seen() -> None:
    assert not unseen("y = 1; when (x == 3);", "y = 1;")
    assert not unseen("y = 1; loop { v = x; }", "y = 1;")


def settled(one: str, other: str) -> bool:
    """Whether the difference is in settled steps only; then it is in steps that nobody sees."""
    found = differs_in_settled_steps_only(system(one), system(other))
    assert differs_in_settled_steps_only(system(other), system(one)) is found
    if found:
        assert differs_in_unseen_steps_only(system(one), system(other))
    return found


def test_steps_whose_outcome_is_settled() -> None:
    # z and r never change; x does.
    assert settled("v = z; y = 1;", "y = 1; v = z;")
    assert settled("q = r; y = 1;", "y = 1;")
    assert settled("v = z; if (v == 0) { y = 1; }", "y = 1;")
    assert settled("v = z; lock(s); y = 1; unlock(s);", "lock(s); v = z; y = 1; unlock(s);")
    assert settled("v = z; emit seen(v);", "emit seen(0);")
    # (It goes into a local that nobody reads.)
    assert settled("v = x; y = 1;", "y = 1;")
    assert not settled("v = x; if (v == 1) { y = 1; } else { y = 1; }", "y = 1;")
    assert not settled("v = z; y = v + 1;", "y = 2;")
    assert not settled("q = r; touch(q);", "q = r;")
    assert not settled("v = z; lock(s); unlock(s);", "v = z;")


def test_what_another_process_may_change_is_not_settled() -> None:
    """A reference that somebody else makes stale, and a loop of settled steps that never ends."""
    text = """
    object Page pool 1 { n : 0..3 = 0; }
    shared r : ref Page = new Page;
    shared y : 0..3 = 0;
    process other { free(r); }
    scenario both { run p, other; }
    """

    def made(body: str) -> System:
        spec = parse_text(f"{text}process p {{ local v : 0..3; local q : ref Page; {body} }}", "small.mc")
        return elaborate(Loaded(spec).edited(None).resolved("both").model)

    assert not differs_in_settled_steps_only(made("q = r; v = q->n; y = 1;"), made("q = r; y = 1; v = q->n;"))
    assert not differs_in_settled_steps_only(made("q = r; y = 1; v = q->n;"), made("y = 1; q = r; v = q->n;"))
    assert not settled("y = 1; loop { v = z; }", "y = 1;")
    assert settled("y = 1; loop { v = z; }", "y = 1; loop { v = z; v = 0; }")
