"""Explanations of the codes MC420 to MC432: what green cells say nothing about."""

from __future__ import annotations

from modelcheck.report.explanations.model import Explanation

_ALLOW = """\
If it is meant to be so, say why, at top level or in the variant:

    allow unreached bad "only broken hardware gets here";
"""

EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "MC420",
        "Code that is never reached",
        """\
Every reachable state of every scenario was visited, and nobody ever was at
this statement (or in this branch): whatever holds says nothing about it. Often
a condition is wrong, a process that should bring it about is missing from the
scenarios, or the initial state forbids it.

    shared armed : bool = false;
    process p { if (armed) { emit removed(); } }      // nobody ever sets armed

"""
        + _ALLOW,
    ),
    Explanation(
        "MC421",
        "A guard that is never true",
        """\
Whoever gets to this `when` (or guarded `atomic`, or lock) waits there for
ever, in every scenario; a `provided` that is never true keeps its process from
running at all. What stands behind it is not checked.

    shared work : 0..3 = 0;
    server s { loop { when (work == 3); work = 0; } }     // work is at most 1
    process p { work = 1; }

"""
        + _ALLOW,
    ),
    Explanation(
        "MC422",
        "A condition that is never true",
        """\
The property only says something where the left side of its `=>` is true (in
whatever spelling: `!a || b`, `a ? b : true`, `!(a && c)`), and that never is
so: it holds whatever the right side says.

    shared closing : bool = false;                    // nobody sets it
    invariant safe : closing => users == 0;           // wrong: says nothing

If it is meant to be so:

    allow vacuous safe "closing is part of another design";
""",
    ),
    Explanation(
        "MC423",
        "A `forall` over nothing",
        """\
The pool is never allocated from, or the set is always empty, so a `forall`
over it holds whatever it says.

    object N pool 2 { bad : bool = true; }            // nobody makes one
    invariant good : forall n in N : !n->bad;

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
None of the code that this edit brings in is ever reached, in any scenario: the
design behaves as it would without it.

    variant v { insert after p::a { if (armed) { x = 1; } } } // dead

"""
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
)
