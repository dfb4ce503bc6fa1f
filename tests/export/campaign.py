"""Compare counts of states over whole specs: ``python -m tests.export.campaign SPEC... [--states N] [--variant V]``.

Every (variant, scenario) with a fixed number of processes is counted by the native explorer,
without and with reductions, and by SPIN and Rumur where they are installed. Prints a line for each
and exits with 1 if two numbers differ.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from modelcheck.engines.native import explore
from modelcheck.export import Unexportable
from modelcheck.language import pipeline, variants
from modelcheck.result.budget import Budget
from modelcheck.semantics.elaborate import elaborate
from tests.export.counting import rumur_states, spin_states


def main() -> int:
    """Run the campaign; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specs", nargs="+", type=Path)
    parser.add_argument("--states", type=int, default=500_000, help="leave larger models out")
    parser.add_argument("--variant", action="append", help="only this design (may be repeated)")
    parser.add_argument("--scenario", action="append", help="only this scenario (may be repeated)")
    arguments = parser.parse_args()
    different = compared = 0
    for path in arguments.specs:
        spec = pipeline.load(path)
        for row in variants.names(spec):
            if arguments.variant and row.name not in arguments.variant:
                continue
            edited = pipeline.Loaded(spec).edited(row.name)
            for info in edited.scenarios:
                if arguments.scenario and info.name not in arguments.scenario:
                    continue
                model = edited.resolved(info.name).model
                if any(process.count is None for process in model.processes):
                    continue
                system = elaborate(model)
                found = explore(system, Budget(states=arguments.states))
                if not found.complete:
                    continue
                counts = {"ours": found.states, "reduced": explore(system, Budget(), symmetry=True).states}
                with tempfile.TemporaryDirectory() as name:
                    try:
                        if shutil.which("spin"):
                            counts["spin"] = spin_states(system, Path(name), "-O1")
                        if shutil.which("rumur"):
                            counts["rumur"] = rumur_states(system, Path(name), "-O1")
                    except Unexportable as reason:
                        print(f"{path.stem}, {row.name}, {info.name}: {reason}", flush=True)
                compared += 1
                agree = len(set(counts.values())) == 1
                different += not agree
                said = ", ".join(f"{tool} {count:,}" for tool, count in counts.items())
                print(f"{path.stem}, {row.name}, {info.name}: {said}{'' if agree else '  DIFFERENT'}", flush=True)
    print(f"{compared} models, {different} with different counts")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
