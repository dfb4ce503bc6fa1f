"""Compare solvers and encodings for bounded model checking on one model: python bench/bmc.py
specs/kref.mc reuse [--seconds 20].

Prints, for each configuration, how deep it got, what it found, and the processor time for every
fifth depth. One run each: read differences below a factor of 1.5 as noise.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path

from modelcheck.engines.bmc.bmc import bmc
from modelcheck.ir.system import Form, System
from modelcheck.language import pipeline
from modelcheck.result.budget import Budget
from modelcheck.result.progress import Standing
from modelcheck.semantics.elaborate import elaborate
from modelcheck.solver.unrolling.unroll import Options

CONFIGURATIONS = (
    ("QF_BV", Options(logic="QF_BV")),
    ("QF_FD", Options(logic="QF_FD")),
    ("general solver, bit-vectors", Options(logic="")),
    ("general solver, integers", Options(finite=False)),
    ("no partial-order reduction", Options(reduce=False)),
    ("no order of replicas", Options(symmetry=False)),
    ("no distances", Options(distances=False)),
    ("no facts", Options(facts=False)),
    ("simple paths", Options(simple=True)),
)


@dataclass
class Depths:
    """Listens to the search: processor time at each depth."""

    started: float = field(default_factory=time.process_time)
    times: dict[int, float] = field(default_factory=dict)

    def update(self, standing: Standing) -> None:
        self.times.setdefault(standing.depth, time.process_time() - self.started)


def measure(system: System, ids: list[int], name: str, options: Options, seconds: float, steps: int) -> None:
    depths = Depths()
    answers = bmc(system, ids, Budget(seconds=seconds, steps=steps), depths, options=options)
    found = sorted(a.length for a in answers if a.length is not None)
    curve = "  ".join(f"{depth}:{at:.2f}" for depth, at in depths.times.items() if depth % 5 == 0)
    spent = time.process_time() - depths.started
    deepest = max(depths.times, default=0)
    print(f"{name:30} {spent:6.2f} s  depth {deepest:3}  found {found}\n{'':30} {curve}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", type=Path)
    parser.add_argument("scenario")
    parser.add_argument("--variant")
    parser.add_argument("--property", action="append", help="only these (default: all)")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--configuration", action="append", help="only those whose name contains this")
    chosen = parser.parse_args()
    model = pipeline.Loaded(pipeline.load(chosen.spec)).edited(chosen.variant).resolved(chosen.scenario).model
    system = elaborate(model)
    ids = [
        p.id
        for p in system.properties
        if p.not_applicable is None and Form.STUCK not in p.forms and (not chosen.property or p.name in chosen.property)
    ]
    locations = ", ".join(f"{p.name} {len(p.locations)}" for p in system.processes)
    print(f"{len(system.steps)} steps, {len(system.variables)} variables; locations: {locations}")
    for name, options in CONFIGURATIONS:
        if not chosen.configuration or any(part in name for part in chosen.configuration):
            measure(system, ids, name, options, chosen.seconds, chosen.steps)


if __name__ == "__main__":
    main()
