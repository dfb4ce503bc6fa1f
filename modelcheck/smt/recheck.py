"""A second solver's opinion: runs SMT-LIB 2 scripts through cvc5, in a process of its own.

As a program (``python recheck.py MILLISECONDS FILE...``) it prints one line for each ``check-sat`` of each file, in order. cvc5 shares neither code
nor parser with z3; a crash or an endless search of it takes down nothing but that process.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


class RecheckFailed(Exception):
    """The second solver did not confirm; the message says what it said."""


def check_files(paths: Sequence[Path], expected: Sequence[Sequence[tuple[str, str]]], seconds: float) -> None:
    """Run each script and compare its answers with (name, ``sat`` or ``unsat``), in order.

    Raises ``RecheckFailed`` at the first difference, and if there is no answer in time.
    """
    # With a limit of its own, so that it ends even if this process is killed.
    limit = str(max(int(seconds * 1000), 100))
    command = [sys.executable, "-P", str(Path(__file__)), limit, *map(str, paths)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=max(seconds, 0.1), check=False)
    except subprocess.TimeoutExpired:
        raise RecheckFailed(f"cvc5 did not finish within {seconds:.0f} s") from None
    if ran.returncode:
        last = ran.stderr.strip().splitlines()[-1:] or [f"exit code {ran.returncode}"]
        raise RecheckFailed(f"cvc5 could not be run: {last[0][:200]}")
    answers = ran.stdout.split()
    wanted = [pair for pairs in expected for pair in pairs]
    if len(answers) != len(wanted):
        raise RecheckFailed(f"cvc5 gave {len(answers)} answers to {len(wanted)} questions")
    for (name, right), answer in zip(wanted, answers, strict=True):
        if answer != right:
            raise RecheckFailed(f"cvc5 answers {answer} to `{name}`, not {right}")


def _run(path: str, milliseconds: str) -> None:
    import cvc5  # type: ignore[import-untyped]

    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    solver.setOption("tlimit", milliseconds)
    symbols = cvc5.SymbolManager(terms)
    parser = cvc5.InputParser(solver, symbols)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, path)
    while True:
        command = parser.nextCommand()
        if command.isNull():
            return
        said = command.invoke(solver, symbols).strip()
        if said:
            print(said, flush=True)


if __name__ == "__main__":
    for file in sys.argv[2:]:
        _run(file, sys.argv[1])
