"""A long run of the comparison of all programs on random models: ``python -m tests.campaign [--profile
P] [--first N] [--count N] [--jobs N] [--shrink DIR]``.

Profiles: ``language`` (the whole language, base and variants), ``classic`` (the models that older
campaigns ran on; their seeds mean what they meant), ``wide`` (classic models whose states fill
machine words). Interpreter and plain explorer are compared on every model, the other engines on one
in so many. Prints each disagreement, with ``--shrink`` writes it as a small spec to a directory,
and exits with 1 if there was one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.agreement import agree
from tests.random import language_model
from tests.random.compare import STATES, Depth, compare
from tests.random.proofs import compare_proofs
from tests.random.shrink import shrink, symptom
from tests.random_models import random_model
from tests.wide_models import wide_model

#: Models that a process takes at a time.
BATCH = 20
#: Seconds between two lines of progress.
PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with each model. ``*_every``: for one in so many, 0: never."""

    profile: str
    native_every: int
    bmc_every: int
    proofs_every: int
    shrink: str | None
    states: int = STATES

    def depth(self, seed: int) -> Depth:
        """Return what is compared on a model."""
        thorough = _due(seed, self.native_every)
        return Depth(
            alone=seed % 4 == 0 or thorough,
            reduced=thorough,
            native=thorough,
            unrolled=_due(seed, self.bmc_every),
            states=self.states,
        )


@dataclass(slots=True)
class Tally:
    """What became of some models. ``bad``: by seed what was wrong."""

    numbers: Counter[str] = field(default_factory=Counter)
    violated: Counter[str] = field(default_factory=Counter)
    bad: dict[int, str] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Take in another tally."""
        self.numbers.update(other.numbers)
        self.violated.update(other.violated)
        self.bad.update(other.bad)


def _due(seed: int, every: int) -> bool:
    return every > 0 and seed % every == 0


def model_of(profile: str, seed: int) -> str:
    """Return the text of a model."""
    match profile:
        case "language":
            return language_model(seed)
        case "wide":
            return wide_model(seed)
        case _:
            return random_model(seed)


def run(plan: Plan, seeds: range) -> Tally:
    """Compare the programs on some models."""
    tally = Tally()
    for seed in seeds:
        try:
            _one(plan, seed, tally)
        except Exception as error:
            text = "".join(traceback.format_exception(error, limit=-4))
            tally.bad[seed] = f"==== seed {seed}: {symptom(error)}\n{text}"
            if plan.shrink is not None and plan.profile == "language":
                _keep(plan, seed, symptom(error), plan.shrink)
    return tally


def _keep(plan: Plan, seed: int, what: str, directory: str) -> None:
    """Write a model that showed a disagreement, small if it can be made small."""
    path, text = Path(directory) / f"seed_{seed}.mc", language_model(seed)
    path.write_text(f"// {what}\n{text}", encoding="utf-8")
    # Any other model of the same size is likely to differ in the cheap comparison, or only in a dear one.
    small = shrink(text, replace(plan.depth(seed), unrolled=False))
    path.write_text(f"// {what}\n{small}", encoding="utf-8")


def _one(plan: Plan, seed: int, tally: Tally) -> None:
    depth = plan.depth(seed)
    tally.numbers["models"] += 1
    if plan.profile != "language":
        report = agree(model_of(plan.profile, seed), unroll=depth.unrolled, native=depth.native)
        tally.numbers[report.outcome.value] += 1
        tally.numbers["states"] += report.states
        tally.violated.update(report.violated)
        return
    found = compare(language_model(seed), depth)
    tally.numbers["instances"] += found.instances
    tally.numbers["refused by the front end"] += len(found.refused)
    tally.numbers["compared in part"] += found.too_big
    tally.numbers["states"] += found.states
    tally.numbers["natively"] += depth.native
    tally.numbers["unrolled"] += depth.unrolled
    tally.numbers["without an answer of bmc"] += found.unanswered
    tally.violated.update(found.violated)
    if _due(seed, plan.proofs_every):
        proved = compare_proofs(seed)
        tally.numbers["asked for proofs"] += 1
        tally.numbers["proved"] += proved.proved
        tally.numbers["certificates"] += proved.certified


def _tallies(plan: Plan, first: int, count: int, jobs: int) -> Iterator[Tally]:
    batches = [range(start, min(start + BATCH, first + count)) for start in range(first, first + count, BATCH)]
    if jobs == 1:
        yield from (run(plan, batch) for batch in batches)
        return
    # Solvers and compiled code keep memory: after so many batches a process makes room for a new one.
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=50) as pool:
        pending = [pool.apply_async(run, (plan, batch)) for batch in batches]
        for result in pending:
            yield result.get()


def main() -> int:
    """Run the campaign; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", choices=("language", "classic", "wide"), default="language")
    parser.add_argument("--wide", action="store_const", const="wide", dest="profile", help="the same as --profile wide")
    parser.add_argument("--first", type=int, default=1_000)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument(
        "--bmc-every", type=int, default=10, help="bounded model checking for one in N models; 0: never"
    )
    parser.add_argument("--native-every", type=int, default=10, help="native exploration for one in N models; 0: never")
    parser.add_argument("--proofs-every", type=int, default=100, help="proofs and certificates for one in N; 0: never")
    parser.add_argument(
        "--states",
        type=int,
        default=STATES,
        help="of models with more states only a part is compared (default: %(default)s)",
    )
    parser.add_argument("--shrink", metavar="DIR", help="write small specs that show the disagreements")
    parser.add_argument("--quiet", action="store_true", help="only the seeds of disagreements, not what they are")
    arguments = parser.parse_args()
    if arguments.shrink is not None:
        Path(arguments.shrink).mkdir(parents=True, exist_ok=True)
    plan = Plan(
        arguments.profile,
        arguments.native_every,
        arguments.bmc_every,
        arguments.proofs_every,
        arguments.shrink,
        arguments.states,
    )
    started = shown = time.perf_counter()
    total = Tally()
    for tally in _tallies(plan, arguments.first, arguments.count, arguments.jobs):
        total.add(tally)
        for seed, text in tally.bad.items():
            print(f"seed {seed}" if arguments.quiet else text, file=sys.stderr, flush=True)
        if time.perf_counter() - shown > PAUSE:
            shown = time.perf_counter()
            print(f"after {shown - started:.0f} s: {dict(total.numbers)}, {len(total.bad)} disagreements", flush=True)
    seconds = time.perf_counter() - started
    print(f"{arguments.count} models in {seconds:.0f} s: {dict(total.numbers)}")
    print("violated:", ", ".join(f"{name} {n}" for name, n in total.violated.most_common()))
    print(f"{len(total.bad)} disagreements: {sorted(total.bad)}")
    return 1 if total.bad else 0


if __name__ == "__main__":
    sys.exit(main())
