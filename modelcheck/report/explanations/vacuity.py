"""Explanations of the codes MC420 to MC433: what green cells say nothing about."""

from __future__ import annotations

from textwrap import fill

from modelcheck.model.obligations import Needs, kinds_that_need
from modelcheck.report.explanations.model import Explanation

_ANY = """\
For any number of processes (`run p[*]`), and for integers that grow for ever,
the warning is given if it is certain for all of them; what only the numbers
that were explored never did is a hint, and no failure under `--strict`.

"""

_ALLOW = """\
If it is meant to be so, say why, at top level or in the variant:

    allow unreached bad "only broken hardware gets here";
"""


def _named(needs: Needs) -> str:
    *kinds, last = (f"`{kind}`" for kind in kinds_that_need(needs))
    return f"{', '.join(kinds)} and {last}"


_OBLIGATIONS = fill(
    f"Or an obligation that you name is about something that never happens: {_named(Needs.ALLOCATED)} of an object that"
    f" nobody allocates, {_named(Needs.FREED)} of one that nobody frees, {_named(Needs.TAKEN)} of a lock that nobody"
    " takes. (An obligation that names several is warned of if that is so of all.)",
    80,
)

EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "MC420",
        "Code that is never reached",
        """\
Every reachable state of every scenario was visited, and nobody ever was at
this statement (or in this branch): whatever holds says nothing about it. Often
a condition is wrong, a process that should bring it about is missing from the
scenarios, or the initial state forbids it. If runs end in a fault (`range`, …)
before they could get there, the warning names it: mend that first.

    shared armed : bool = false;
    process p { if (armed) { emit removed(); } }      // nobody ever sets armed

The same is said of a branch or loop body that constants keep everybody out of:
`if (ON)`, or `for (i in 1..N)` where N is 0, with params that are the same in
every scenario and design (and no `unknown` is left to be chosen).

"""
        + _ANY
        + _ALLOW,
    ),
    Explanation(
        "MC421",
        "A guard that is never true",
        """\
Whoever gets to this `when` (or guarded `atomic`) waits there for ever, in every
scenario; a `provided` that is never true keeps its process from running at all.
What stands behind it is not checked.

    shared work : 0..3 = 0;
    server s { loop { when (work == 3); work = 0; } }     // work is at most 1
    process p { work = 1; }

So is any other statement at which somebody comes to stand and that never gets
through: a lock that is never free again, a `pick` with nothing to choose, a
`wait_for_completion` that nobody completes, a step while `provided` is false.
There control does arrive (`at(p::l)` is true), and often there is a deadlock.

"""
        + _ANY
        + _ALLOW,
    ),
    Explanation(
        "MC422",
        "A condition that is never true",
        """\
The property only says something where the left side of its `=>` is true (in
whatever spelling: `!a || b`, `a ? b : true`, `!(a && c)`), and that never is
so: it holds whatever the right side says. That is looked for inside `forall`
(some element has to meet it), in `step` properties (in some step), in `final`
ones (where everything has come to rest), in `only_if` (as the event happens),
and in the `requires` or the named assert that an obligation is about.

    shared closing : bool = false;                    // nobody sets it
    invariant safe : closing => users == 0;           // wrong: says nothing

Where it says *always* true, the property is about states in which it is not
(`o == null || o->n == 0` is about objects that are there). Of
`(closing => a) && b` only *this part* says nothing.

"""
        + _ANY
        + """\
If it is meant to be so:

    allow vacuous safe "closing is part of another design";
""",
    ),
    Explanation(
        "MC423",
        "A property about nothing that exists",
        f"""\
The pool is never allocated from, or the set is always empty, so a `forall`
over it holds whatever it says.

    object N pool 2 {{ bad : bool = true; }}            // nobody makes one
    invariant good : forall n in N : !n->bad;

{_OBLIGATIONS}

If it is meant to be so: `allow vacuous good "why";`.
""",
    ),
    Explanation(
        "MC424",
        "An event that never happens",
        """\
The property is about an event (with these arguments, where they are given)
that never happens: nothing is counted, and nothing comes before or after it.
`never e(b)` is not meant: there it is what the property says.

    event e(w: W);
    process p { emit e(a); }
    count few : at most 1 e(c);                // wrong: only e(a) happens

If it is meant to be so: `allow vacuous few "why";`.
""",
    ),
    Explanation(
        "MC425",
        "A property about what nobody changes",
        """\
No step that is ever taken changes a variable that the property reads, so it
repeats what the initial state fixes.

    shared limit : 0..3 = 2;
    invariant small : limit == 2;                     // nobody writes limit

If it is meant to be so: `allow vacuous small "why";`.
""",
    ),
    Explanation(
        "MC426",
        "A cover that the initial state meets",
        """\
`cover` and `may` show that something can be reached. What is true before
anybody has moved shows nothing.

    shared x : 0..3 = 0;
    cover reached : x == 0;                           // wrong
    cover back    : x == 0 && done == 2;         // right: later

If it is meant to be so: `allow vacuous reached "why";`.
""",
    ),
    Explanation(
        "MC427",
        "A scenario in which nothing happens",
        """\
In the initial state of the scenario no process can take a step (all wait, or
have nothing to do), or every first step is a fault. One state was looked at,
and everything that holds holds there.

Often the initial state or a guard is too strong, or the process that would
start the others is not run. If it is meant to be so:

    allow vacuous idle "shows that nothing moves by itself";     // the scenario
""",
    ),
    Explanation(
        "MC428",
        "An edit of a variant without effect",
        """\
The design behaves as it would without this edit, in every scenario:

* none of the code that it brings in is ever reached,
* or that code stands where constants keep everybody out,
* or it sets a param to which every scenario gives a value of its own,
* or nobody ever sees the value that it sets: an `init` block, or each `new`,
  gives another one, so that every scenario is the same as in the base.

    variant v { insert after p::a { if (armed) { x = 1; } } } // dead
    variant w { set x = 2; }          // every scenario has `init { x = 1; }`

What `allow unreached L` says of a label of the base is not said of code that
a variant puts in front of it, behind it or in its place.

"""
        + _ANY
        + _ALLOW,
    ),
    Explanation(
        "MC429",
        "Explored without any instance only",
        """\
A process runs in any number (`run p[*]`), and already with one instance there
were more states than are visited. A proof may still be right, but nobody knows
whether anything can happen at all. Make the scenario smaller (fewer other
processes, smaller pools), or run a scenario with a fixed number beside it and
say so:

    scenario any { run p[*]; }
    scenario one { run p; }
    allow vacuous any "what happens is seen in `one`";
""",
    ),
    Explanation(
        "MC430",
        "What is allowed not to happen happens",
        """\
An `allow` line says that a label is never reached, or that a property says
nothing, and by now it is reached, or the property says something. Take the
line out, so that it does not hide the next gap.

    process p { L: x = 1; }
    allow unreached p::L "not in this design";        // wrong: L is reached
""",
    ),
    Explanation(
        "MC431",
        "`allow` names what does not exist",
        """\
`allow unreached` takes a label (`L`, or `p::L` for the one in `p`), `allow
vacuous` the name of a property or scenario.

    process p { L: x = 1; }
    allow unreached p::M "why";                       // wrong
    allow unreached p::L "why";                       // right
""",
    ),
    Explanation(
        "MC432",
        "One step with several accesses",
        """\
An `atomic` block is one step: nobody comes in between. Few instructions make
more than one access to shared memory, so a block with several of them that no
lock keeps together can hide the very race that is looked for.

    process p { atomic { local t : 0..4 = x; x = t + 1; } } // wrong
    process p { local t : 0..4 = x; x = t + 1; }                // right

Where it is one instruction (or stands for something that is one step, such as a
lock of your own), nothing is wrong. This is a hint; `modelcheck lint` shows it.
""",
    ),
    Explanation(
        "MC433",
        "A bound that so few threads cannot exceed",
        """\
The property bounds how many threads are at a label, and in no scenario do more
run than it allows: it is true whatever they do.

    process p { lock(m); cs: x = 1; unlock(m); }
    invariant mutual_exclusion : nr_at(p::cs) <= 1;
    scenario s { run p; }                             // wrong: a single p
    scenario s { run p[2]; }                          // right

If it is meant to be so: `allow vacuous mutual_exclusion "why";`.
""",
    ),
)
