"""Bounded model checking against exploration, on every cell of ``specs/`` that has a trace.

For each violation (and witness) that exploration finds: z3 must confirm the trace at its length
with the schedule fixed; and what bmc decides within a time limit must have the same verdict and the
same length, and must contradict nothing.

``python -m tests.solver.corpus --seconds 20`` runs the whole campaign with that limit for each
(variant, scenario); the tests have bmc look as far as so many steps instead, so that what it
decides does not hang on the machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modelcheck.engines.adaptive import explore_adaptively
from modelcheck.engines.bmc.bmc import bmc
from modelcheck.ir.system import Form, has_unbounded_integers
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.result.budget import Budget
from modelcheck.result.trace import Schedule
from modelcheck.result.verdict import Contradiction, join
from modelcheck.semantics.elaborate import elaborate
from modelcheck.solver.confirm import confirm
from modelcheck.studies.matrix.model import Cell

SPECS = Path(__file__).parents[2] / "specs"
#: Explored of a model with unbounded integers, which may have no end.
STATES = 100_000


@dataclass(frozen=True, slots=True)
class Pair:
    """One instance to compare."""

    path: str
    variant: str
    scenario: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """``traces``: cells with a trace; ``decided``: those that bmc decided in time; ``problems``:
    disagreements, in words.
    """

    pair: Pair
    traces: int
    decided: int
    problems: tuple[str, ...]


def pairs(path: Path) -> list[Pair]:
    """Return every variant in every scenario that is neither slow nor for any number of instances."""
    spec = pipeline.load(str(path))
    variants = ["base", *(i.name for i in spec.items if isinstance(i, ast.VariantDecl) and not i.patch)]
    found = []
    for variant in variants:
        found += [
            Pair(str(path), variant, scenario.name)
            for scenario in pipeline.Loaded(spec).edited(variant).scenarios
            if not scenario.slow and not scenario.any_number
        ]
    return found


def compare(pair: Pair, seconds: float | None, steps: int | None = None) -> Comparison:
    """Compare the engines on one instance; bmc may spend ``seconds`` (None: no limit), and looks no
    further than ``steps``: with 0 of either it only confirms traces.
    """
    system = elaborate(pipeline.Loaded(pipeline.load(pair.path)).edited(pair.variant).resolved(pair.scenario).model)
    explored = explore_adaptively(system, Budget(states=STATES if has_unbounded_integers(system) else None)).answers
    traced = [a for a in explored if a.schedule is not None and Form.STUCK not in system.properties[a.property].forms]
    problems: list[str] = []
    for answer in traced:
        assert answer.schedule is not None
        if not confirm(system, answer.property, answer.schedule):
            problems.append(f"z3 does not confirm the trace of {system.properties[answer.property].name}")
    decided = 0
    longest = max((a.length or 0 for a in traced), default=0)
    most = longest if steps is None else min(longest, steps)
    wanted = [a.property for a in traced]
    for unrolled in (
        bmc(system, wanted, Budget(seconds=seconds, steps=most)) if traced and seconds != 0 and steps != 0 else ()
    ):
        answer = next(a for a in explored if a.property == unrolled.property)
        name = system.properties[unrolled.property].name
        try:
            join(answer, unrolled)
        except Contradiction as contradiction:
            problems.append(f"{name}: {contradiction}")
        if unrolled.length is not None:
            decided += 1
            if unrolled.length != answer.length:
                problems.append(f"{name}: {answer.length} steps by exploration, {unrolled.length} by bmc")
        elif seconds is None and (answer.length or 0) <= most:
            problems.append(f"{name}: {answer.length} steps by exploration, and bmc finds nothing within {most}")
    return Comparison(pair, len(traced), decided, tuple(problems))


@cache
def _loaded(path: str) -> pipeline.Loaded:
    return pipeline.Loaded(pipeline.load(path))


def unconfirmed(pair: Pair, shown: Mapping[str, Schedule]) -> list[str]:
    """Return the properties (of the schedules in ``shown``, by their names) whose traces z3 does not confirm."""
    system = elaborate(_loaded(pair.path).edited(pair.variant).resolved(pair.scenario).model)
    return [
        f"{pair.variant}, {pair.scenario}: {p.name}"
        for p in system.properties
        if p.name in shown and Form.STUCK not in p.forms and not confirm(system, p.id, shown[p.name])
    ]


def unconfirmed_cells(path: Path, cells: Iterable[Cell], jobs: int = 2) -> list[str]:
    """The same of all cells of a matrix of the spec at ``path`` that have a trace, in processes of their own."""
    shown: dict[Pair, dict[str, Schedule]] = {}
    for cell in cells:
        if cell.trace is not None:
            pair = Pair(str(path), cell.variant, cell.scenario)
            shown.setdefault(pair, {})[cell.property_name] = cell.trace.schedule
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        return [name for found in pool.map(unconfirmed, shown, shown.values()) for name in found]


def compare_pairs(
    work: list[Pair], seconds: float | None, jobs: int = 2, steps: int | None = None
) -> Iterator[Comparison]:
    """Compare on the given instances, in processes of their own; yield the results in their order."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield from pool.map(compare, work, [seconds] * len(work), [steps] * len(work))


def report(result: Comparison) -> str:
    """One line about an instance, and one for each problem."""
    pair = result.pair
    cells = f"{result.traces} traces confirmed or reported, {result.decided} decided by bmc"
    return "\n".join(
        [
            f"{Path(pair.path).name} {pair.variant} {pair.scenario}: {cells}",
            *(f"  PROBLEM {p}" for p in result.problems),
        ]
    )


def main() -> int:
    """Run the campaign; return 1 if the engines disagree anywhere."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("specs", nargs="*", type=Path, default=sorted(SPECS.glob("*.mc")))
    arguments = parser.parse_args()
    results = []
    work = [pair for path in arguments.specs for pair in pairs(path)]
    for result in compare_pairs(work, arguments.seconds, arguments.jobs):
        results.append(result)
        print(report(result), flush=True)
    traces, decided = sum(r.traces for r in results), sum(r.decided for r in results)
    wrong = sum(len(r.problems) for r in results)
    print(
        f"{len(results)} instances, {traces} traces confirmed or reported, {decided} decided by bmc, {wrong} problems"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
