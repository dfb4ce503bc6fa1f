"""A run of mutation as data: one mutant of each outcome, of a spec that asks for escapes."""

from __future__ import annotations

from modelcheck.ground.diagnostics import Diagnostic, Severity
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.verdict import Verdict
from modelcheck.studies.mutate.alike import Difference, Kind
from modelcheck.studies.mutate.model import Judged, Kill, MutationResult, Notice, Outcome
from modelcheck.studies.mutate.mutants import Mutant, mutants
from modelcheck.studies.reasons import JustOpen, Senseless

TEXT = """\
// <script>alert("no")</script> & such
model gate;
object Page pool 1 { count : atomic = 2; }
shared page : ref Page = new Page;
shared x : 0..3 = 0;
spinlock s;
event done(n: 0..3);
process p {
    local q : ref Page;
      lock(s);
 inc: x = x + 1;
      unlock(s);
 ask: if (x < 2 && x > 0) { return; }
 tel: emit done(x);
      q = page;
 frz: if (q->count.freeze(2)) { return; }
}
process idle { x = 0; }
final counted : x == 2;
scenario two { run p[2]; }
"""


def spec() -> ast.Spec:
    return parse_text(TEXT, "gate.mc")


def found(*, complete: bool = True) -> MutationResult:
    """A result in which every outcome occurs."""
    made = {mutant.name: mutant for mutant in mutants(spec().items)}

    def one(name: str) -> Mutant:
        return made[name]

    killed = Kill("two", "counted", False, Notice.VIOLATED, 6)
    never = Kill("two", "both", False, Notice.UNWITNESSED, None)
    rest = Kill("two", "counted", False, Notice.NO_REST, None)
    other = Kill("two", "counted", False, Notice.UNEXPECTED, None)
    memory = Difference(Kind.MEMORY, 7, ("Page[0].count", "frozen(Page[0].count)", "page", "x"))
    judged = (
        Judged(one("no_lock_p_s"), Outcome.KILLED, killed, seconds=0.5),
        Judged(one("drop_lock_p_s"), Outcome.KILLED, never),
        Judged(one("drop_store_p_inc"), Outcome.KILLED, rest),
        Judged(one("drop_unlock_p_s"), Outcome.KILLED, other),
        Judged(one("early_unlock_p_inc"), Outcome.EQUIVALENT, unseen=True),
        Judged(
            one("boundary_p_ask"), Outcome.SURVIVED, scenario="two", difference=Difference(Kind.MOVES, 1, ("p[0]",))
        ),
        Judged(one("drop_conjunct_p_ask"), Outcome.UNDECIDED, reason=JustOpen(Verdict.UNKNOWN)),
        Judged(
            one("drop_emit_p_tel"), Outcome.SURVIVED, scenario="two", difference=Difference(Kind.EVENTS, 0, ("done",))
        ),
        Judged(one("twice_emit_p_tel"), Outcome.SURVIVED, scenario="two"),
        Judged(one("test_for_freeze_p_frz"), Outcome.SURVIVED, scenario="two", difference=memory),
        Judged(
            one("off_by_one_p_frz"),
            Outcome.INVALID,
            reason=Senseless(Diagnostic("MC204", Severity.ERROR, "3 does not fit into 0..2", None)),
        ),
        Judged(one("drop_store_idle_x"), Outcome.NOT_RUN),
    )
    return MutationResult(
        spec="gate.mc",
        model="gate",
        variant="base",
        scenarios=("two",),
        skipped=("any",),
        judged=judged,
        total=len(judged) if complete else len(judged) + 3,
        failing=(),
        seconds=12.3,
    )
