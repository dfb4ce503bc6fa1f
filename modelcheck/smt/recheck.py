"""A second solver's opinion: runs SMT-LIB 2 scripts through cvc5, in a process of its own.

As a program (``python recheck.py PARENT MILLISECONDS NUMBER HEADER... FILE...``) it reads the first NUMBER files, and then each other file between a
``push`` and a ``pop``; it prints one line for each ``check-sat``, in order. cvc5 shares neither code
nor parser with z3; a crash or an endless search of it takes down nothing but that process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from modelcheck.records import dataclass


class RecheckFailed(Exception):
    """The second solver could not be asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Answers:
    """``solver``: who answered; ``given``: ``sat``, ``unsat`` or why there is no answer, for each question. Fewer than were asked if time ran out."""

    solver: str
    given: tuple[str, ...]


def ask(header: Sequence[Path], paths: Sequence[Path], seconds: float) -> Answers:
    """Run each of ``paths`` after the header. Raises ``RecheckFailed``."""
    # With a limit of its own, so that it ends even if this process is killed.
    limit = str(max(int(seconds * 1000), 100))
    arguments = [str(os.getpid()), limit, str(len(header)), *map(str, (*header, *paths))]
    command = [sys.executable, "-P", str(Path(__file__)), *arguments]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise RecheckFailed(f"cvc5 did not finish within {seconds:.0f} s") from None
    if ran.returncode:
        last = ran.stderr.strip().splitlines()[-1:] or [f"exit code {ran.returncode}"]
        raise RecheckFailed(f"cvc5 could not be run: {last[0][:200]}")
    solver, *given = ran.stdout.splitlines()
    return Answers(solver, tuple(given))


def _run(text: str, milliseconds: str) -> None:
    import cvc5  # type: ignore[import-untyped]

    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    solver.setOption("tlimit", milliseconds)
    solver.setOption("incremental", "true")
    print(f"cvc5 {cvc5.__version__}", flush=True)
    symbols = cvc5.SymbolManager(terms)
    parser = cvc5.InputParser(solver, symbols)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "certificate")
    while True:
        command = parser.nextCommand()
        if command.isNull():
            return
        said = command.invoke(solver, symbols).strip()
        if said:
            print(said, flush=True)


if __name__ == "__main__":
    _, parent, limit, number, *files = sys.argv
    # This file is run as it is: nothing else of the package is needed to check, but this process shall end with the one that started it.
    sys.path.append(str(Path(__file__).parents[2]))
    from modelcheck.lifeline import die_with

    die_with(int(parent))
    texts = [Path(file).read_text(encoding="utf-8") for file in files]
    parts = [*texts[: int(number)], *(f"(push 1)\n{text}(pop 1)\n" for text in texts[int(number) :])]
    _run("".join(parts), limit)
