"""Small models, one for each way in which something can go wrong at a place where something is evaluated.

A *shape* is an operand (or two) in a context in a mode: what may go wrong (division by zero, an
index, null, a stale reference, an unassigned variable, an option without a value, a range, a frozen
or badly counted atomic), where it is evaluated (an argument, an index, an initialiser, a condition,
a result, …), and how (in steps, in an ``atomic``, in a guard, in an init block, in an initial
value). ``python -m tests.shapes`` compares interpreter and engines on all of them;
``tests/test_shapes.py`` on some.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests import shape_statements
from tests.agreement import Outcome, agree

DECLARATIONS = """model shape;
enum Colour { red, green }
shared x : 0..3 = 1;
shared y : 0..3 = 0;
shared zero : 0..3 = 0;
shared seven : 0..7 = 7;
shared below : -3..3 = (0 - 1);
shared yes : bool = true;
shared su : 0..3;
shared arr[3] : 0..3 = 0;
shared small : 0..1 = 0;
shared full : atomic 0..1 = 1;
shared spare : atomic 0..7 = 1;
shared r0 : refcount = 0;
shared cold : atomic 0..7 = 0;
object O pool 2 { n : 0..3 = 1; m : 0..3; k : atomic 0..1 = 1; next : ref O = null; }
object Q pool 1 { n : 0..1; m : 0..1 = 0; }
shared nul : ref O = null;
shared st : ref O = null;
shared ok : ref O = null;
shared no : opt 0..3 = none;
shared so : opt 0..3 = none;
shared s : set<0..3> = {};
shared two : 0..3 = 2;
shared lk : mutex;
struct S { a : 0..3 = 0; b : 0..3; }
shared ss : S;
event ev(n : int);
event ev2(n : int, m : int);
inline narrow(v : 0..1) -> 0..1 { return v; }
inline same(v : int) -> int { return v; }
inline result(v : int) -> 0..1 { return v; }
inline first(v : int, w : int) -> int { return v; }
inline unused(v : int) { }
inline small_one(v : 0..1) { }
inline pair(v : 0..1, w : 0..1) { y = 1; }
inline by_place(&v : 0..3) { }
inline by_place_value(&v : 0..3, w : 0..1) { y = 2; }
inline by_value_place(w : 0..1, &v : 0..3) { y = 2; v = w; }
inline twice(&v : 0..3) -> int { return v + v; }
inline never(&v : 0..3) -> int { return 1; }
inline give(v : int) -> int { y = 1; return v; }
inline slow() -> 0..3 { y = 2; return 1; }
inline hang() -> 0..3 { L: y = 1; goto L; }
inline perhaps() -> 0..3 { if (x == 1) { return 1; } L: y = 1; goto L; }
inline bump(&v : 0..3) -> 0..3 { v = 2; return v; }
callback cb(v : 0..1) requires v == 0 { y = 1; }
callback cbr(v : int) -> int { return v; }
"""

LOCALS = """    local lx : 0..3 = 1; local lzero : 0..3 = 0; local lseven : 0..7 = 7; local lu : 0..3; local lno : opt 0..3 = none;
    local larr[3] : 0..3; larr[0] = 0; larr[1] = 1; larr[2] = 2; local lnul : ref O = null; local lst : ref O = st; local lb : bool; local ls : S;
"""

PROPERTIES = """invariant inv : y <= 3;
count c1 : at most 1 ev(_);
only_if o1 : cb(_) only if x == 1;
may m1 : x == 1 may cbr(1);
"""

#: What is evaluated: numbers. (None of them is known to fit ``0..1``.)
NUMBERS = {
    "fine": "x",
    "local": "lx",
    "divides": "3 / zero",
    "divides_local": "lx / lzero",
    "divides_constant": "3 / 0",
    "remainder": "x % lzero",
    "too_large": "seven",
    "too_large_local": "lseven",
    "too_small": "x - 2",
    "index": "arr[seven]",
    "index_local": "larr[lseven]",
    "index_below": "arr[below]",
    "null": "nul->n",
    "null_local": "lnul->n",
    "null_hop": "ok->next->n",
    "stale": "st->n",
    "stale_local": "lst->n",
    "stale_hop": "lst->next->n",
    "unassigned": "lu",
    "unassigned_shared": "su",
    "unassigned_field": "ok->m",
    "unassigned_struct": "ls.b + ss.b",
    "none": "the(no)",
    "none_local": "the(lno)",
    "narrow": "narrow(seven)",
    "narrow_local": "narrow(lseven)",
    "narrow_divides": "narrow(3 / lzero)",
    "result": "result(x + 1)",
    "unused": "first(1, 3 / lzero)",
    "by_place_unused": "never(arr[seven])",
    "by_place_twice": "twice(arr[spare.inc_return() - 2])",
    "atomic_full": "full.inc_return()",
    "refcount_up": "r0.inc_return()",
    "refcount_down": "r0.fetch_sub(2)",
    "cold": "cold.inc_return()",
    "counts": "spare.inc_return()",
    "exchanges": "xchg(su, 2)",
    "exchanges_too_large": "xchg(small, seven)",
    "exchanges_stale": "xchg(lst->n, 2)",
    "exchanges_at": "xchg(arr[lx], 3 / lzero)",
    "compares": "cmpxchg(x, lu, 2)",
    "field_atomic": "lst->k.inc_return()",
    "slow": "slow()",
    "held": "lx + slow()",
    "held_shared": "x + slow()",
    "held_index": "arr[x] + slow()",
    "endless": "x + hang()",
    "perhaps": "x + perhaps()",
    "bumped": "x + bump(x)",
    "bumped_local": "lx + bump(lx)",
    "chooses": "yes ? 3 / lzero : 1",
    "chooses_local": "(lx == 1) ? lu : 1",
    "size": "size(s) / lzero",
    "bits": "int(bv<2>(lu) + bv<2>(seven))",
    "some": "the(some(lu / lzero))",
    "callback": "cbr(lu)",
    "new_null": "(new O { n = lu; })->n",
}

#: The pairs are made of these.
PAIRED = (
    "fine", "divides_local", "too_large", "too_large_local", "index_local", "index", "null_local", "stale", "stale_local", "unassigned",
    "unassigned_shared", "none_local", "narrow_local", "atomic_full", "refcount_up", "cold", "counts", "exchanges_at", "slow", "held_shared",
    "endless", "perhaps", "bumped", "bumped_local", "result", "by_place_twice", "null_hop",
)  # fmt: skip

#: Where one number is evaluated. ``{e}`` is the number.
CONTEXTS = {
    "assignment": "x = {e};",
    "assignment_local": "lx = {e};",
    "assignment_small": "small = {e};",
    "initial_value": "local w : 0..1 = {e}; y = w;",
    "initial_value_unread": "local w : 0..1 = {e};",
    "inferred": "local w = {e}; small = w;",
    "argument": "unused({e});",
    "argument_small": "small_one({e});",
    "argument_pure": "x = narrow({e});",
    "argument_nested": "x = same(narrow({e}));",
    "argument_of_body": "x = give({e});",
    "callback": "cb({e});",
    "callback_result": "x = cbr({e});",
    "index_store": "arr[{e}] = 1;",
    "index_store_local": "larr[{e}] = 1;",
    "index_load": "x = arr[{e}];",
    "index_load_local": "lx = larr[{e}];",
    "element": "arr[1] = {e};",
    "element_local": "larr[1] = {e};",
    "field": "ok->n = {e};",
    "struct_field": "ls.a = {e}; ss.b = ls.a;",
    "by_place": "by_place(arr[{e}]);",
    "by_place_local": "by_place(larr[{e}]);",
    "by_place_pure": "x = never(arr[{e}]);",
    "by_place_pure_twice": "x = twice(larr[{e}]);",
    "new": "local w : ref O = new O {{ n = {e}; }}; y = w->n;",
    "new_small": "local w : ref Q = new Q {{ n = {e}; }}; y = 1;",
    "try_new_small": "local w : ref Q = try_new Q {{ n = {e}; }}; y = 1;",
    "new_exhausted": "local w : ref Q = new Q {{ }}; w = new Q {{ n = {e}; }};",
    "try_new_exhausted": "local w : ref Q = new Q {{ }}; w = try_new Q {{ n = {e}; }};",
    "new_atomic": "local w : ref O = new O {{ k = {e}; }};",
    "emit": "emit ev({e});",
    "assert": "assert ({e}) == 1;",
    "bug_on": "BUG_ON(lx == ({e}));",
    "if": "if (({e}) == 1) {{ y = 1; }} else {{ y = 2; }}",
    "while": "while (({e}) == 1) {{ y = 1; lx = 0; break; }}",
    "do_while": "do {{ y = 1; }} while (({e}) == 5);",
    "conditional": "y = (({e}) == 1) ? 1 : 2;",
    "conditional_then": "x = yes ? ({e}) : 2;",
    "conditional_otherwise": "lx = lx == 1 ? 2 : ({e});",
    "and": "lb = yes && ({e}) == 1;",
    "or": "lb = ({e}) == 1 || ({e}) == 2; y = lb ? 1 : 2;",
    "implies": "lb = lx == 1 => ({e}) == 1; yes = lb;",
    "not": "if (!(({e}) == 1)) {{ y = 1; }}",
    "compound": "x += {e};",
    "compound_local": "lx += {e};",
    "compound_element": "arr[lx] += {e};",
    "compound_index": "arr[{e}] += 1;",
    "compound_index_local": "larr[{e}] += 1;",
    "compound_field": "ok->n += {e};",
    "compound_stale": "lst->n += {e};",
    "atomic_add": "spare.add({e});",
    "atomic_set": "full.set({e});",
    "atomic_assign": "full = {e};",
    "refcount_set": "r0.set({e});",
    "refcount_assign": "r0 = {e};",
    "refcount_sub": "r0.sub({e});",
    "cold_set": "cold.set({e});",
    "cold_unfreeze": "cold.unfreeze({e});",
    "add_unless": "lb = spare.add_unless(1, {e});",
    "xchg": "lx = xchg(small, {e});",
    "xchg_index": "lx = xchg(arr[{e}], 2);",
    "xchg_stale": "lx = xchg(lst->n, {e});",
    "cmpxchg": "lx = cmpxchg(x, {e}, 2);",
    "cmpxchg_new": "lx = cmpxchg(x, 1, {e});",
    "try_cmpxchg": "lb = spare.try_cmpxchg(1, {e});",
    "fetch_or": "spare.fetch_or({e});",
    "set_union": "if (({e}) in s) {{ y = 1; }}",
    "some": "so = some(narrow({e}));",
    "negated": "x = -({e}) + 3;",
    "cast": "x = int(bv<2>({e}));",
    "pick_where": "pick w in 0..2 where w == ({e}); y = w;",
    "pick_domain": "pick w in {{ narrow({e}) }}; y = w;",
    "when": "when (({e}) == 1);",
    "when_or": "when (({e}) == 1) {{ y = 1; }} or when (x == 1) {{ y = 2; }}",
    "when_and": "when (x == 1 && ({e}) == 1);",
    "when_false": "when (({e}) == 1 && x == 2);",
    "atomic_when": "atomic when (({e}) == 1) {{ y = 1; }}",
    "cond_load": "lx = smp_cond_load_acquire(&x, VAL == ({e}));",
    "held": "lb = lx == 1 && held(lk) && ({e}) == 1;",
    "store_stale": "lst->n = {e};",
    "store_null": "lnul->n = {e};",
    "store_index": "arr[lseven] = {e};",
    "store_index_local": "larr[lseven] = {e};",
    "store_index_divides": "larr[lx / lzero] = {e};",
    "store_index_divides_shared": "arr[3 / lzero] = {e};",
    "write_once": "WRITE_ONCE(x, {e});",
    "free": "if (({e}) == 1) {{ free(ok); }}",
    "for": "for (i in 0..1) {{ if (i == ({e})) {{ y = 1; }} }}",
    "choose": "choose {{ x = {e}; }} or {{ y = 1; }}",
    "goto": "if (({e}) == 1) {{ goto there; }} y = 1; there: y = 2;",
}

#: Where two numbers are evaluated.
PAIRS = {
    "sum": "x = ({e}) + ({f});",
    "sum_local": "lx = ({e}) + ({f});",
    "equal": "lb = ({e}) == ({f});",
    "arguments": "pair({e}, {f});",
    "arguments_pure": "x = first({e}, {f});",
    "arguments_narrow": "x = first(narrow({e}), {f});",
    "place_and_value": "by_place_value(arr[{e}], {f});",
    "local_place_and_value": "by_place_value(larr[{e}], {f});",
    "value_and_place": "by_value_place({e}, arr[{f}]);",
    "value_and_local_place": "by_value_place({e}, larr[{f}]);",
    "index_and_value": "arr[{e}] = {f};",
    "index_and_value_local": "larr[{e}] = {f};",
    "index_and_compound": "arr[{e}] += {f};",
    "index_and_compound_local": "larr[{e}] += {f};",
    "initialisers": "local w : ref O = new O {{ m = {e}; n = {f}; }};",
    "initialisers_small": "local w : ref Q = new Q {{ m = {e}; n = {f}; }};",
    "initialisers_exhausted": "local w : ref Q = try_new Q {{ }}; w = try_new Q {{ m = {e}; n = {f}; }};",
    "emit": "emit ev2({e}, {f});",
    "exchange": "lx = cmpxchg(small, {e}, {f});",
    "exchange_at": "lx = xchg(arr[{e}], {f});",
    "atomic": "lb = spare.try_cmpxchg({e}, {f});",
    "add_unless": "lb = full.add_unless({e}, {f});",
    "and": "lb = ({e}) == 1 && ({f}) == 1; y = lb ? 1 : 0;",
    "conditional": "x = ({e}) == 1 ? ({f}) : 0;",
    "set": "lb = narrow({e}) in {{ narrow({f}), 1 }};",
    "assert": "assert ({e}) == ({f});",
    "nested": "x = arr[arr[{e}] + ({f})];",
    "when": "when (({e}) == 1 && ({f}) == 1);",
    "callback_then": "cb({e}); cb({f});",
}

#: What is evaluated without being an obligation, over shared state only; and the guard of a process, where it is one.
GHOSTS = {
    "invariant": "invariant ghost : ({e}) == 1;",
    "step": "step ghost : x' >= ({e});",
    "primed": "step ghost : ({e}) == 1 => (arr[x'])' <= 1;",
    "final": "final ghost : ({e}) == 0;",
    "cover": "cover ghost : ({e}) == 0 && x == 0;",
    "only_if": "only_if ghost : ev(n) only if ({e}) == n;",
    "may": "may ghost : ({e}) == 1 may ({e}) == 0;",
    "quantified": "invariant ghost : forall i in 0..3 : ({e}) != i || arr[i] == 0;",
    "pools": "invariant ghost : forall w in O : w->next->n == ({e}) || w == ok;",
    "requires": "callback ghostly(v : int) requires ({e}) == v {{ y = v; }}",
    "provided": "process guarded provided (({e}) == 1) {{ y = 2; x = 0; }}",
}

MODES = {
    "steps": "process p {{\n{locals}    {context}\n    y = lx;\n}}\n",
    "atomic": "process p {{\n{locals}    atomic {{ {context} }}\n    y = lx;\n}}\n",
    "before_first_step": "process p {{\n{locals}    {context}\n}}\n",
    "init": "process p {{ y = x; }}\n",
    "shared": "process p {{ y = x; }}\n",
}

END = """process q { x = 0; x = 1; }
init begin { st = new O {}; ok = new O {}; free(st); cold.freeze(0); }
"""


_LOCAL = re.compile(r"\bl[a-z]+\b")


@dataclass(frozen=True, slots=True)
class Shape:
    """``name`` says what is where: ``context/operands/mode``."""

    name: str
    text: str


def shape(context: str, statement: str, operands: str, mode: str) -> Shape:
    """The model of a filled-in context in a mode."""
    locals_, end, init = LOCALS, END, ""
    clauses = "init begin; "
    before = ""
    if mode == "shared":
        before, statement = f"shared sh : 0..1 = {statement};\n", ""
    elif mode == "init":
        init = f"init more {{\n{LOCALS}    {statement}\n}}\n"
        clauses += "init more; "
    elif mode == "before_first_step":
        locals_ = LOCALS.replace("= st", "= null")
    body = MODES[mode].format(locals=locals_, context=statement)
    text = DECLARATIONS + before + body + end + init + PROPERTIES + f"scenario all {{ run p, q; {clauses}}}\n"
    return Shape(f"{context}/{operands}/{mode}", text)


def _ghost(context: str, declaration: str, operand: str) -> Shape:
    """The model of a property, a ``requires`` or a ``provided`` that looks at a number."""
    runs = "p, q, guarded" if context == "provided" else "p, q"
    body = "ghostly(1); ghostly(0);" if context == "requires" else "emit ev(1); x = 0; emit ev(0); free(ok); x = 1;"
    text = f"{DECLARATIONS}process p {{ {body} }}\n{END}{declaration}\nscenario all {{ run {runs}; init begin; }}\n"
    return Shape(f"{context}/{operand}/ghost", text)


def shapes() -> Iterator[Shape]:
    """All of them, always in the same order. (Some mean nothing: the front end refuses those.)"""
    for mode in ("steps", "atomic", "before_first_step", "init"):
        for context, statement in CONTEXTS.items():
            for operand, number in NUMBERS.items():
                yield shape(context, statement.format(e=number), operand, mode)
    for operand, number in NUMBERS.items():
        yield shape("shared", number, operand, "shared")
    for context, ghost in GHOSTS.items():
        for operand, number in NUMBERS.items():
            if not _LOCAL.search(number):
                yield _ghost(context, ghost.format(e=number), operand)
    for mode in ("steps", "pair", "atomic", "init"):
        for place, statement in enumerate(shape_statements.STATEMENTS):
            yield Shape(f"statement/{place}/{mode}", shape_statements.model(statement, mode))
    for mode in ("steps", "atomic"):
        for context, statement in PAIRS.items():
            for one in PAIRED:
                for other in PAIRED:
                    text = statement.format(e=NUMBERS[one], f=NUMBERS[other])
                    yield shape(context, text, f"{one},{other}", mode)


def main() -> int:
    """Run all shapes, or a part; print which disagree; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.shapes", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only one in N")
    parser.add_argument("--from", dest="start", type=int, default=0, help="the first of them")
    parser.add_argument("--only", default="", help="those whose name contains this")
    parser.add_argument("--show", action="store_true", help="print the models that disagree, and the refusals")
    arguments = parser.parse_args()
    started = time.perf_counter()
    tally: Counter[str] = Counter()
    bad: list[str] = []
    for number, each in enumerate(shapes()):
        if (number - arguments.start) % arguments.every or arguments.only not in each.name:
            continue
        try:
            report = agree(each.text, unroll=False)
        except Exception as error:
            bad.append(each.name)
            lines = str(error).splitlines() or [repr(error)]
            print(f"{each.name}: {type(error).__name__}: {lines[0]}", flush=True)
            if arguments.show:
                print(each.text, error, sep="\n", file=sys.stderr)
            continue
        if arguments.show and report.outcome is Outcome.REFUSED:
            print(f"{each.name}: {report.refusal.splitlines()[0]}", file=sys.stderr)
        tally[report.outcome.value] += 1
    print(f"{sum(tally.values()) + len(bad)} shapes in {time.perf_counter() - started:.0f} s: {dict(tally)}")
    print(f"{len(bad)} disagree")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
