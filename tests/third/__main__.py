"""``python -m tests.third --first 0 --count 1000``: compare the third reading with the tool on random models."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.third.compare import GENERATORS, STATES, Outcome, compare


def main() -> int:
    """Exit code 1 if there is a difference."""
    parser = argparse.ArgumentParser(prog="python -m tests.third", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=100, help="how many seeds")
    parser.add_argument("--states", type=int, default=STATES, help="leave models with more states alone")
    parser.add_argument("--generator", choices=sorted(GENERATORS), action="append", help="default: all")
    arguments = parser.parse_args()
    outcomes, unknown = Counter[Outcome](), Counter[str]()
    for seed in range(arguments.first, arguments.first + arguments.count):
        for name in arguments.generator or sorted(GENERATORS):
            report = compare(GENERATORS[name](seed), limit=arguments.states)
            outcomes[report.outcome] += 1
            if sum(outcomes.values()) % 1_000 == 0:
                print(f"up to seed {seed}: {outcomes[Outcome.AGREED]} agree", flush=True)
            if report.outcome is Outcome.UNSUPPORTED:
                unknown[report.detail] += 1
            if report.outcome is Outcome.DIFFER:
                print(f"{name} {seed}: {report.detail}", flush=True)
    print(", ".join(f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome))
    for reason, count in unknown.most_common():
        print(f"  {count} {reason}")
    return 1 if outcomes[Outcome.DIFFER] else 0


if __name__ == "__main__":
    sys.exit(main())
