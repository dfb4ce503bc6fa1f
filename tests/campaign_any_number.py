"""A long run of the comparison of proofs with exploration: ``python -m tests.campaign_any_number
[--first N] [--count N]``.

Of the models one half makes no sense, a quarter is likely to be right, and a quarter has fixed
numbers of processes and unbounded integers. Prints each model of which something is proved that
exploration violates and exits with 1 if there was one.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import traceback
from collections import Counter

from tests.any_number import STATES, Compared, compare, compare_fixed, likely_model, wild_model


def model_of(seed: int) -> tuple[str, bool]:
    """The text of model number ``seed``, and whether all its numbers are fixed."""
    match seed % 4:
        case 0 | 1:
            return wild_model(seed // 2), False
        case 2:
            return likely_model(seed), False
        case _:
            return likely_model(seed, str(seed % 3 + 1)), True


def main() -> int:
    """Run the campaign; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1_000)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--states", type=int, default=STATES, help="that are explored with one number of instances")
    parser.add_argument("--seconds", type=float, default=10.0, help="for the proofs of one model")
    arguments = parser.parse_args()
    started = time.perf_counter()
    tally: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    bad: list[int] = []
    for seed in range(arguments.first, arguments.first + arguments.count):
        text, fixed = model_of(seed)
        try:
            if fixed:
                found = compare_fixed(text, arguments.seconds, arguments.states)
            else:
                found = compare(text, arguments.seconds, states=arguments.states)
        except Exception:
            bad.append(seed)
            print(f"==== seed {seed}\n{text}", file=sys.stderr)
            traceback.print_exc(limit=-4)
            continue
        _count(found, tally, reasons)
        if (seed - arguments.first) % 50 == 49:
            print(f"seed {seed} after {time.perf_counter() - started:.0f} s: {dict(tally)}", flush=True)
    print(f"{arguments.count} models in {time.perf_counter() - started:.0f} s: {dict(tally)}")
    print("not proved:", *(f"\n  {n:5} {reason}" for reason, n in reasons.most_common(12)))
    print(f"{len(bad)} failures: {bad}")
    return 1 if bad else 0


def _count(found: Compared, tally: Counter[str], reasons: Counter[str]) -> None:
    if found.refused:
        tally["refused by the front end"] += 1
        return
    tally["models with a proof"] += bool(found.proved)
    tally["models with a violation"] += bool(found.violated)
    tally["models with both"] += bool(found.proved and found.violated)
    tally["properties proved"] += len(found.proved)
    tally["properties violated"] += len(found.violated)
    tally["properties open"] += len(found.reasons) - len(found.violated & set(found.reasons))
    tally["explored as a whole"] += len(found.complete)
    for name, reason in found.reasons.items():
        if name not in found.violated:
            reasons[re.sub(r"\d+", "N", reason)[:100]] += 1


if __name__ == "__main__":
    sys.exit(main())
