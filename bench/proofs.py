"""Time proofs for any number of instances: python bench/proofs.py [--counters 10 40 100], or --specs specs/kref.mc ...

Without ``--specs``: a family of models, in which workers take a reference under a lock, use the
object in many stages and put it, is proved end to end; the table says where processor time goes for
about so many counters. With it: every scenario of the specs that runs a class in any number is
checked in every variant, and the table says what was proved, what was not and why. One run each;
times are processor seconds, those of cvc5 included.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from modelcheck.checking.run import check_model
from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.induction.certificates.certificates import Statement, confirm
from modelcheck.engines.induction.guesses.candidates import guess
from modelcheck.engines.induction.invariant import prove
from modelcheck.engines.induction.prove import SAMPLE_STATES, SAMPLED
from modelcheck.engines.induction.samples.samples import Sampler
from modelcheck.engines.induction.samples.view import View
from modelcheck.engines.induction.subject import count, countable
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.language.variants.apply import names
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.proof import Request
from modelcheck.result.verdict import EvidenceKind, Verdict

FAMILY = """
model stages;
object Thing pool 1 {{ refs : refcount = 1; }}
shared table : ref Thing = new Thing;
mutex table_lock;
inline put(t: ref Thing) {{ if (t->refs.dec_and_test()) {{ free(t); }} }}
process worker {{
    local t : ref Thing;
      lock(table_lock);
      t = table;
      if (t == null) {{ unlock(table_lock); return; }}
 get: t->refs.inc();
      unlock(table_lock);
      {stages}
      put(t);
}}
process remover {{
    local t : ref Thing;
      lock(table_lock);
      t = table;
      table = null;
      unlock(table_lock);
      put(t);
}}
invariant one_inside : nr_at(worker::get) <= 1;
obligation no_uaf : use_after_free(Thing);
scenario any {{ run worker[*], remover; }}
"""
#: Local states of a worker beside those of the stages.
OTHERS = 7


def processor_time() -> float:
    """Seconds of this process and of those that it waited for."""
    import resource

    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Laps:
    def __init__(self) -> None:
        self._last = processor_time()

    def __call__(self) -> float:
        now = processor_time()
        lap, self._last = now - self._last, now
        return lap


def measure(counters: int, seconds: float) -> str:
    """One row of the table about the family."""
    stages = " ".join(f"s{i}: touch(t);" for i in range(max(counters - OTHERS, 1)))
    spec = parse_text(FAMILY.format(stages=stages), "stages.mc")

    def sized(counts: Mapping[str, int] | None) -> typed.Model:
        return pipeline.Loaded(spec).edited().resolved("any", counts).model

    model = sized(None)
    lap = Laps()
    known = countable(model, sized, SEMANTICS)
    elaborated = lap()
    sampler = Sampler(known.replicas, known.growth)
    samples = sampler.sample(SAMPLED, SAMPLE_STATES, seconds)
    sampled = lap()
    subject = count(model, known, [sampler.local_values(x) for x in samples.locals])
    abstracted = lap()
    guesses = guess(subject.counted, View(subject.counted, sampler, samples).table(samples.rows), 0)
    guessed = lap()
    wanted = {p.id: p.name for p in known.two.properties if p.id in subject.counted.bad and not p.existential}
    invariant = prove(subject.counted, guesses, tuple(wanted), seconds)
    proved = lap()
    statement = Statement(invariant.lemmas, {id: wanted[id] for id in sorted(invariant.proved)})
    statement, _ = confirm(subject, statement, Request(), seconds)
    confirmed = lap()
    total = elaborated + sampled + abstracted + guessed + proved + confirmed
    times = "".join(f"{t:10.2f}" for t in (elaborated, sampled, abstracted, guessed, proved, confirmed, total))
    return (
        f"{len(subject.counted.counters):8}{len(samples.rows):9}{len(guesses.linear):6}{invariant.queries:9}"
        f"{len(statement.lemmas):8}{len(statement.proved):4}/{len(wanted)}{times}"
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of one variant in one scenario. ``reasons``: why properties are undecided, with how many."""

    variant: str
    scenario: str
    proved: int
    explored: int
    reasons: Mapping[str, int]
    seconds: float

    def row(self) -> str:
        open = "; ".join(f"{many} undecided: {why}" for why, many in self.reasons.items())
        return f"{self.variant:20} {self.scenario:32}{self.proved:7}{self.explored:9}{self.seconds:9.2f}  {open}"


def cells(path: Path, variants: list[str], scenarios: list[str], seconds: float) -> Iterator[Cell]:
    """Check every scenario of a spec that runs a class in any number, in every variant (or those named)."""
    spec = pipeline.load(path)
    for variant in variants or [row.name for row in names(spec)]:
        for info in pipeline.Loaded(spec).edited(variant).scenarios:
            if info.any_number and (not scenarios or info.name in scenarios):
                yield check(spec, variant, info.name, seconds)


def check(spec: ast.Spec, variant: str, scenario: str, seconds: float) -> Cell:
    def sized(counts: Mapping[str, int] | None = None) -> typed.Model:
        return pipeline.Loaded(spec).edited(variant).resolved(scenario, counts).model

    lap = Laps()
    checked = check_model(sized(), Budget(seconds=seconds), sized=sized)
    answers = [a for a in checked.answers if a.verdict is not Verdict.NOT_APPLICABLE]
    proved = sum(a.evidence is EvidenceKind.PROVED for a in answers)
    reasons = Counter(a.reason for a in answers if a.verdict not in (Verdict.HOLDS, Verdict.VIOLATED))
    explored = len(answers) - proved - sum(reasons.values())
    return Cell(variant, scenario, proved, explored, reasons, lap())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counters", type=int, nargs="+", default=[10, 40, 100])
    parser.add_argument("--specs", type=Path, nargs="+", default=[])
    parser.add_argument("--variant", action="append", default=[], help="only this (default: all)")
    parser.add_argument("--scenario", action="append", default=[], help="only this (default: all with `[*]`)")
    parser.add_argument("--seconds", type=float, default=120.0, help="for one row (wall clock)")
    chosen = parser.parse_args()
    if not chosen.specs:
        print(
            "counters  samples  sums  queries  lemmas proved elaborate    sample  abstract     guess     prove  "
            " confirm     total"
        )
        for counters in chosen.counters:
            print(measure(counters, chosen.seconds), flush=True)
        return
    print(f"{'variant':20} {'scenario':32} proved explored  seconds")
    found: list[Cell] = []
    for path in chosen.specs:
        for cell in cells(path, chosen.variant, chosen.scenario, chosen.seconds):
            print(cell.row(), flush=True)
            found.append(cell)
    if found:
        each = [cell.seconds / cell.proved for cell in found for _ in range(cell.proved)]
        median = f"; the median property took {statistics.median(each):.2f} s" if each else ""
        total = sum(cell.seconds for cell in found)
        undecided = sum(sum(cell.reasons.values()) for cell in found)
        print(f"{len(each)} properties proved, {undecided} undecided, in {total:.0f} s{median}")


if __name__ == "__main__":
    main()
