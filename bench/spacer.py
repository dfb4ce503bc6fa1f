"""Spacer and ABC beside the project's prover: python bench/spacer.py [--seconds 20] [SPEC:SCENARIO[:VARIANT] ...]

Each model is proved by lemmas from samples, Houdini and k-induction, certificate and re-check by
cvc5 included. Then plain Spacer, and Spacer with global guidance, get the same counter-abstracted
(or unbounded) system and one question: can any of the properties be violated that our prover
proved? ABC's pdr, where it is installed, gets instances with one and two processes as circuits, and
the same question; what it proves is proved for these numbers only. Times are processor seconds of
one run, child processes included. A dash: no answer in ``--seconds`` of wall-clock time, with the
processor seconds that it had.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blif import circuit

from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.induction.fixed import prove_fixed
from modelcheck.engines.induction.prove import SAMPLE_STATES, SAMPLED, prove_any_number
from modelcheck.engines.induction.samples.samples import Sampler
from modelcheck.engines.induction.subject import count, countable, fixed
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.system import Form, System
from modelcheck.ir.terms import Term
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.model import typed
from modelcheck.result.proof import Outcome
from modelcheck.semantics.elaborate import elaborate
from modelcheck.solver.spacer import search

SPECS = Path(__file__).parents[1] / "specs"
MODELS = (
    "kref.mc:any_getters",
    "page_removal.mc:any_readers",
    "nfs_readdir.mc:any_readers_reclaim",
    "ticket_lock.mc:two:endless",
    "ticket_lock.mc:three:endless",
    "seqlock_unbounded.mc:one",
)


#: Names of ABC, and the numbers of processes of its instances.
ABC = ("berkeley-abc", "abc", "yosys-abc")
INSTANCES = (1, 2)


@dataclass(frozen=True, slots=True)
class Row:
    """One model.

    ``variables``: of the system that is proved about; ``ours``: seconds; ``proved``: properties;
    ``others``: what each run of another prover said.
    """

    name: str
    variables: int
    steps: int
    proved: int
    ours: float
    others: tuple[str, ...]


def measure(name: str, seconds: float) -> Row:
    """Measure one model, named as on the command line."""
    path, scenario, *rest = name.split(":")
    variant = rest[0] if rest else None
    spec = pipeline.load(SPECS / path)
    model = pipeline.Loaded(spec).edited(variant).resolved(scenario).model
    any_number = [p.name for p in model.processes if p.count is None]
    if any_number:
        ours, outcomes, system, target = _any_number(spec, model, variant, scenario)
    else:
        system = elaborate(model)
        started = _processor_seconds()
        outcomes = prove_fixed(model, system, SEMANTICS, _universal(system), 600)
        ours = _processor_seconds() - started
        target = fixed(model, system, SEMANTICS).counted
    proved = [p.id for p in system.properties if p.name in outcomes and outcomes[p.name].proved]
    fails = _fails(target, proved)
    said = [_ask(target, fails, seconds, guided=guided) for guided in (False, True)]
    names = [name for name, outcome in outcomes.items() if outcome.proved]
    for n in INSTANCES if any_number else ():
        small = pipeline.Loaded(spec).edited(variant).resolved(scenario, dict.fromkeys(any_number, n)).model
        said.append(_ask_abc(elaborate(small), names, seconds))
    return Row(name, len(target.variables), len(target.steps), len(proved), ours, tuple(said))


def _any_number(
    spec: ast.Spec, model: typed.Model, variant: str | None, scenario: str
) -> tuple[float, dict[str, Outcome], System, CounterSystem]:
    def sized(counts: Mapping[str, int]) -> typed.Model:
        return pipeline.Loaded(spec).edited(variant).resolved(scenario, counts).model

    known = countable(model, sized, SEMANTICS)
    started = _processor_seconds()
    outcomes = prove_any_number(model, sized, SEMANTICS, _universal(known.two), 600)
    ours = _processor_seconds() - started
    sampler = Sampler(known.replicas, known.growth)
    samples = sampler.sample(SAMPLED, SAMPLE_STATES, 60)
    subject = count(model, known, [sampler.local_values(x) for x in samples.locals])
    return ours, outcomes, known.two, subject.counted


def _universal(system: System) -> list[str]:
    return [
        p.name
        for p in system.properties
        if p.not_applicable is None and not p.existential and Form.STUCK not in p.forms
    ]


def _fails(target: CounterSystem, properties: Sequence[int]) -> Term:
    """Some property is violated, or an instance leaves the local states that are counted."""
    terms = target.terms
    escapes = [terms.and_(step.guard, step.escape) for step in target.steps]
    return terms.or_(*escapes, *(part for id in properties for part in target.violations(id)))


def _ask(target: CounterSystem, fails: Term, seconds: float, *, guided: bool) -> str:
    started = _processor_seconds()
    found = search(target, (), fails, seconds, guided=guided)
    spent = f"{_processor_seconds() - started:.1f}"
    return f"- ({spent})" if found.invariant is None else spent


def _ask_abc(instance: System, names: Sequence[str], seconds: float) -> str:
    abc = next((found for tool in ABC if (found := shutil.which(tool)) is not None), None)
    if abc is None:
        return "none"
    text = circuit(instance, [p.id for p in instance.properties if p.name in names])
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "instance.blif").write_text(text)
        started = _processor_seconds()
        script = f"read_blif instance.blif; strash; pdr -T {seconds:.0f}"
        ran = subprocess.run([abc, "-c", script], cwd=directory, capture_output=True, text=True, check=False)
        spent = f"{_processor_seconds() - started:.1f}"
    if "asserted in frame" in ran.stdout:
        raise SystemExit(f"ABC says that something is violated which was proved: {ran.stdout}")
    return spent if "Property proved" in ran.stdout else f"- ({spent})"


def _processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each run of another prover")
    arguments = parser.parse_args()
    heads = ("Spacer", "guided", *(f"ABC, {n}" for n in INSTANCES))
    print(f"{'model':40} {'vars':>5} {'steps':>6} {'proved':>7} {'ours':>7}" + "".join(f"{head:>11}" for head in heads))
    for name in arguments.models:
        row = measure(name, arguments.seconds)
        print(
            f"{row.name:40} {row.variables:5} {row.steps:6} {row.proved:7} {row.ours:7.1f}"
            + "".join(f"{said:>11}" for said in row.others),
            flush=True,
        )


if __name__ == "__main__":
    main()
