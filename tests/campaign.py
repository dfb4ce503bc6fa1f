"""A long run of the agreement test: ``python -m tests.campaign [--first N] [--count N] [--bmc-every N] [--native-every N] [--wide]``.

Prints each disagreement with the text of the model and exits with 1 if there was one.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter

from tests.agreement import agree
from tests.random_models import random_model
from tests.wide_models import wide_model


def main() -> int:
    """Run the campaign; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1_000)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument(
        "--bmc-every", type=int, default=10, help="bounded model checking for one in N models; 0: never"
    )
    parser.add_argument("--native-every", type=int, default=20, help="native exploration for one in N models; 0: never")
    parser.add_argument("--wide", action="store_true", help="models whose states fill one, two or three words")
    parser.add_argument("--quiet", action="store_true", help="only the seeds of disagreements, not their models")
    arguments = parser.parse_args()
    make = wide_model if arguments.wide else random_model
    started = time.perf_counter()
    tally: Counter[str] = Counter()
    violated: Counter[str] = Counter()
    bad: list[int] = []
    for seed in range(arguments.first, arguments.first + arguments.count):
        unroll = arguments.bmc_every > 0 and seed % arguments.bmc_every == 0
        try:
            native = arguments.native_every > 0 and seed % arguments.native_every == 0
            report = agree(make(seed), unroll=unroll, native=native)
        except Exception:
            bad.append(seed)
            print(f"==== seed {seed}", file=sys.stderr)
            if not arguments.quiet:
                print(make(seed), file=sys.stderr)
            traceback.print_exc(limit=-4)
            continue
        tally[report.outcome.value] += 1
        tally["states"] += report.states
        violated.update(report.violated)
    print(f"{arguments.count} models in {time.perf_counter() - started:.0f} s: {dict(tally)}")
    print("violated:", ", ".join(f"{name} {n}" for name, n in violated.most_common()))
    print(f"{len(bad)} disagreements: {bad}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
