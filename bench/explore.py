"""How fast exploration is: ``python bench/explore.py [SPEC] [--variant V] [--scenario S]… [--engine
plain|native|both]``.

One line for each scenario and engine: states, transitions, seconds, transitions a second, bytes a
state. Memory is measured in a process of its own for each line.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def measure(spec: str, variant: str | None, scenario: str, engine: str, seconds: float) -> None:
    """Explore one scenario and print a line about it."""
    from modelcheck.engines import explicit, native
    from modelcheck.ground.memory import memory_in_use
    from modelcheck.language import pipeline
    from modelcheck.result.budget import Budget
    from modelcheck.semantics.elaborate import elaborate

    model = pipeline.Loaded(pipeline.load(spec)).edited(variant).resolved(scenario).model
    started = time.perf_counter()
    system = elaborate(model)
    elaborated = time.perf_counter() - started
    before = memory_in_use()
    explore = native.explore if engine == "native" else explicit.explore
    found = explore(system, Budget(seconds=seconds))
    each = (memory_in_use() - before) / max(1, found.states)
    end = "" if found.stopped is None else f"  ({found.stopped.value})"
    print(
        f"{scenario:20} {engine:7} {found.states:>10,} {found.transitions:>12,} {elaborated:7.2f} s"
        f" {found.seconds:7.2f} s {found.transitions / found.seconds:>12,.0f}/s {each:6.0f} B{end}",
        flush=True,
    )


def main() -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", nargs="?", default=str(HERE / "page_readers.mc"))
    parser.add_argument("--variant")
    parser.add_argument("--scenario", action="append")
    parser.add_argument("--engine", choices=["plain", "native", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=120.0)
    arguments = parser.parse_args()
    engines = ["plain", "native"] if arguments.engine == "both" else [arguments.engine]
    print(
        f"{'scenario':20} {'engine':7} {'states':>10} {'transitions':>12} {'elab.':>9} {'search':>9} {'rate':>14}"
        f" {'state':>8}"
    )
    context = multiprocessing.get_context("spawn")
    for scenario in arguments.scenario or ["readers_1", "readers_2", "readers_3", "readers_4"]:
        for engine in engines:
            task = (arguments.spec, arguments.variant, scenario, engine, arguments.seconds)
            process = context.Process(target=measure, args=task)
            process.start()
            process.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
