"""Explanations of the codes MC5xx: engines and the command line."""

from __future__ import annotations

from modelcheck.report.explanations.model import Explanation

EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "MC501",
        "No scenario of that name",
        """\
--scenario names a scenario that the spec (after the edits of the variant) does
not have. `modelcheck list SPEC` shows which there are.

    modelcheck check page.mc --scenario reclaim_olny      # wrong
    modelcheck check page.mc --scenario reclaim_only      # right
""",
    ),
    Explanation(
        "MC502",
        "No property of that name",
        """\
--property names a property that neither the spec nor any of its variants
declares, and that is no kind of built-in obligation (`deadlock`, `leak`…).

    modelcheck check page.mc --property no_laek           # wrong
    modelcheck check page.mc --property no_leak           # right
""",
    ),
    Explanation(
        "MC503",
        "No param of that name",
        """\
--set gives a value to a param or an unknown; the spec declares none of that
name. Shared variables are set in the spec, by an init block or a variant.

    modelcheck check page.mc --set MXX=false              # wrong
    modelcheck check page.mc --set MX=false               # right
""",
    ),
    Explanation(
        "MC504",
        "Not a value",
        """\
What stands after NAME= in --set is read as an expression of the language:
a number, true or false, the name of an enum literal, or arithmetic on those.

    modelcheck check page.mc --set "MX=not really"        # wrong
    modelcheck check page.mc --set MX=false               # right
""",
    ),
    Explanation(
        "MC505",
        "No scenario to run",
        """\
Every scenario of the spec is marked slow, so that nothing runs unless it is
asked for.

    modelcheck page.mc                                    # wrong
    modelcheck page.mc --slow                             # right: all of them
    modelcheck page.mc --scenario everything              # right: this one
""",
    ),
    Explanation(
        "MC506",
        "No such code",
        """\
`modelcheck explain` was asked about a code that does not exist. Codes are
printed in brackets with every error, warning and hint; `modelcheck explain`
alone lists them all.

    modelcheck explain 3004                               # wrong
    modelcheck explain MC304                              # right
""",
    ),
    Explanation(
        "MC507",
        "The output cannot be written",
        """\
What a command prints on standard output could not be written: the disk is full,
or the device does not take it. The exit code is 2, for nobody has seen the
answer. (If the reader of a pipe has gone, as with `| head`, nothing is said,
and the exit code is 141.) Results that were kept for later runs are used by the
next one.

    modelcheck page.mc > /full/disk/page.txt              # wrong
    modelcheck page.mc > /tmp/page.txt                    # right
""",
    ),
    Explanation(
        "MC508",
        "Out of time before anything was checked",
        """\
The time that --timeout gives was over while the spec was still being read, or
its designs made: it is very long, or has very many designs. Nothing was
decided, and the exit code is 3.

    modelcheck check huge.mc --timeout 100ms              # wrong
    modelcheck check huge.mc --timeout 60s                # right
""",
    ),
    Explanation(
        "MC510",
        "Any number of instances cannot be run",
        """\
A process runs in any number of instances (`run p[*]`), and what was asked for
runs the model step by step, which needs a number. Use a scenario that names
one.

    scenario any  { run reader[*], writer; }              // wrong here
    scenario some { run reader[3], writer; }              // right
""",
    ),
    Explanation(
        "MC511",
        "Local code goes round for ever",
        """\
A process can go round a loop without a step: without looking at or changing
anything that other processes can see. Nothing would ever come of it. Wait for
something shared, or take a step on the way round.

    while (!done) { }                  // wrong if `done` is a local
    when (finished);                   // right: `finished` is shared
""",
    ),
    Explanation(
        "MC513",
        "Too many copies of inlines",
        """\
Every call of an inline or a callback is a copy of its own, and calls of
calls multiply: thirty inlines, each of which calls the next one twice, are
2^30 copies. A process is made of at most 100,000.

    inline f2() { f1(); f1(); }                  // wrong, if f1 is made like it
    inline f2() { f1(); }                        // right: one copy of each
""",
    ),
    Explanation(
        "MC514",
        "No mutant of that name",
        """\
--mutant, --show or --operator names something that is not there. The mutants
of a design, and the operators that make them, are listed by

    modelcheck mutate page.mc --list

The name of a mutant says what was done and where (`drop_unlock_reclaim_unl`):
it stays what it is as long as the code there and its labels do.
""",
    ),
    Explanation(
        "MC520",
        "Not a saved trace",
        """\
`modelcheck replay` reads what `modelcheck trace … --format json` writes. The
file is missing, is not JSON, or is not such a trace.

    modelcheck matrix page.mc --json all.json
    modelcheck replay all.json                            # wrong: results
    modelcheck trace page.mc --format json > race.json
    modelcheck replay race.json                           # right
""",
    ),
    Explanation(
        "MC521",
        "A file cannot be written",
        """\
The file or its directory does not allow it, the disk is full, or a report would
take the place of a spec. Files are written whole or not at all: what stood
there before is still there.

    modelcheck fmt /usr/share/page.mc                     # wrong: not yours
    modelcheck fmt page.mc                                # right
""",
    ),
    Explanation(
        "MC522",
        "Not a name for a model",
        """\
`modelcheck new NAME` writes NAME.mc with `model NAME;` in it, so NAME (without
directory and .mc) must be a name of the language: letters, digits and _, not
starting with a digit, and none of its keywords.

    modelcheck new 2nd-try                                # wrong
    modelcheck new second_try                             # right
""",
    ),
    Explanation(
        "MC523",
        "The file exists",
        """\
`modelcheck new` never overwrites a file.

    modelcheck new page                # wrong if page.mc exists
    modelcheck new page_removal        # right
""",
    ),
    Explanation(
        "MC524",
        "Not a certificate",
        """\
`modelcheck certify` reads a directory that `modelcheck prove --certificate`
left, or one that has such directories in it. A file of it is missing or cannot
be read.

    modelcheck prove page.mc --certificate proofs
    modelcheck certify page.mc                            # wrong: the spec
    modelcheck certify proofs                             # right
""",
    ),
    Explanation(
        "MC525",
        "The certificate does not fit its model",
        """\
Every file of a certificate follows from the spec and from the invariant, and
is made anew when the certificate is checked. Something is different: the spec
or a file was edited, a file is missing, or one does not belong there. A
certificate of another version of modelcheck may differ, too. What it says
about the model as it was may still be right; about this one it says nothing.

    modelcheck certify proofs                             # does not fit
    modelcheck prove page.mc --certificate proofs         # prove it again
""",
    ),
    Explanation(
        "MC526",
        "The certificate is refuted",
        """\
The certificate belongs to the spec, but what it says is not so: the second
solver finds a state that the invariant allows and a step from it that leads
out of the invariant (or to a violation), or the interpreter reaches a state
where the invariant is false. The message names the question. Nothing is proved.

    modelcheck certify proofs                             # refuted
    modelcheck check page.mc                              # what does hold
""",
    ),
    Explanation(
        "MC527",
        "The certificate is not decided",
        """\
The second solver did not answer every question in the time it had. Give it
more, or ask another solver: every script can be read by any that knows SMT-LIB.

    modelcheck certify proofs --timeout 10s               # may be too short
    modelcheck certify proofs --timeout 30m
""",
    ),
    Explanation(
        "MC530",
        "An unknown whose values depend on the scenario",
        """\
`modelcheck synth` looks for values that are safe in every scenario, so the type
of an unknown has to be the same in all of them. Here its bounds use a param
that some scenario sets.

    param MAX = 3;
    unknown LIMIT : 1..MAX;            // wrong if a scenario sets MAX
    unknown LIMIT : 1..5;              // right
""",
    ),
    Explanation(
        "MC531",
        "Nothing to find",
        """\
`modelcheck synth` finds values of unknowns, and the design has none that is
open: it declares none, or each has been given a value, by `set` in the variant
or by --set on the command line.

    param   LIMIT = 3;                 // a constant that is known
    unknown LIMIT : 1..5;              // one that is to be found
""",
    ),
    Explanation(
        "MC532",
        "Too many assignments",
        """\
Every combination of the values of all unknowns is decided, and there are more
of them than can be. Give some of the unknowns a value, or fewer values.

    modelcheck synth page.mc                              # wrong: 65,536
    modelcheck synth page.mc --set LIMIT=3 --set MAX=200  # right
""",
    ),
    Explanation(
        "MC533",
        "No unknown of that name",
        """\
--unknown, or an `expect safe` line, names an unknown that the design does not
declare, or one that has been given a value by `set` or --set.

    modelcheck synth page.mc --unknown LIMTI              # wrong
    modelcheck synth page.mc --unknown LIMIT              # right
""",
    ),
    Explanation(
        "MC534",
        "Not a checkpoint that can be resumed",
        """\
--resume goes on where an exploration ran out of time or memory and --checkpoint
kept what it had found. The file must be whole, written by this version of
modelcheck, and about the same model: the same spec (as far as this scenario is
made of it), variant, scenario and --set, with or without --no-reductions as
then. Otherwise explore from the beginning.

    modelcheck check page.mc --scenario big --checkpoint big.ckpt --timeout 1h
    modelcheck check page.mc --scenario other --resume big.ckpt   # wrong
    modelcheck check page.mc --scenario big --resume big.ckpt     # right
""",
    ),
    Explanation(
        "MC535",
        "A checkpoint is of one exploration",
        """\
--checkpoint and --resume are about one scenario with fixed numbers of
processes: its states are what the file holds. Name the scenario, and one that
has no `[*]`.

    modelcheck check page.mc --checkpoint page.ckpt                # wrong
    modelcheck check page.mc --scenario big --checkpoint big.ckpt  # right
""",
    ),
    Explanation(
        "MC536",
        "A trace of another version",
        """\
A saved trace says by its `schema` how it is to be read. This version writes
modelcheck.trace/2 and replays that and modelcheck.trace/1; the file is of a
later one. Make the trace again with the version that is to replay it.

    modelcheck trace page.mc --format json > race.json
    modelcheck replay race.json
""",
    ),
    Explanation(
        "MC537",
        "A run that goes round for ever",
        """\
The saved trace says with `loop_at` after which step it begins to go round for
ever. That field is reserved: this version judges only what goes wrong in a
finite number of steps, and replays no others.

    "loop_at": 12                      // wrong
    "loop_at": null                    // right
""",
    ),
    Explanation(
        "MC550",
        "The model is too large",
        """\
The transition system that the spec stands for would have too many variables or
values: pools, arrays and replicas multiply. Make pools and ranges as small as
the question allows; two or three of a kind show almost every race.

    object Page pool 4096 { … }                           // wrong
    object Page pool 2 { … }                              // right
""",
    ),
    Explanation(
        "MC551",
        "Calls nest too deeply, or code expands too much",
        """\
Every call of an inline is expanded where it stands. Inlines that call others
that call others, each more than once, grow exponentially.

    inline a() { b(); b(); } inline b() { c(); c(); } …  // wrong, ten levels on
    inline a() { for (i in 1..2) { b(); } }               // right
""",
    ),
    Explanation(
        "MC552",
        "Control can go round without a step",
        """\
A loop has a way round on which the process takes no step: it neither reads nor
changes anything that others can see. Nothing would ever come of it.

    while (!done) { }                  // wrong if `done` is a local
    when (finished);                   // right: `finished` is shared
""",
    ),
    Explanation(
        "MC553",
        "A scenario without a number of instances",
        """\
A process of the scenario runs in any number of instances (`run p[*]`), so there
is no finite system to build: only a proof can treat such a scenario. Name a
number to explore it.

    scenario any  { run reader[*], writer; }              // wrong here
    scenario some { run reader[2], writer; }              // right
""",
    ),
    Explanation(
        "MC599",
        "Internal error",
        """\
Something went wrong in modelcheck itself: this is a bug in modelcheck, not in
your spec. Please report it, with the spec, the command, and what the command
prints when run with MODELCHECK_DEBUG=1 in the environment.

    modelcheck check page.mc                              # internal error
    MODELCHECK_DEBUG=1 modelcheck check page.mc           # what to report
""",
    ),
)
