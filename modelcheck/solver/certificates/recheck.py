"""A second solver's opinion: runs SMT-LIB 2 scripts through cvc5, in a process of its own.

As a program (``python recheck.py PARENT MILLISECONDS NUMBER HEADER... FILE...``) it reads the first
NUMBER files, and then each other file between a ``push`` and a ``pop``; it prints one line for each
``check-sat``: its number, counted over all files, and the answer. Questions that assert the whole
invariant first come last, under one assertion of it: what cvc5 makes of it serves all of them. cvc5
shares neither code nor parser with z3; a crash or an endless search of it takes down nothing but
that process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from modelcheck.result.reasons.proofs import SecondNotDone, SecondNotRun

#: What a question begins with that may be asked together with others.
INVARIANT = "(assert invariant)"


class RecheckFailed(Exception):
    """The second solver could not be asked; ``why`` says why."""

    def __init__(self, why: SecondNotDone | SecondNotRun) -> None:
        self.why = why
        super().__init__(str(why))


class Answers(NamedTuple):
    """``solver``: who answered; ``given``: ``sat``, ``unsat`` or why there is no answer, for each question.

    Fewer than were asked if time ran out.
    """

    solver: str
    given: tuple[str, ...]


def ask(header: Sequence[Path], paths: Sequence[Path], seconds: float) -> Answers:
    """Run each of ``paths`` after the header. Raises ``RecheckFailed``."""
    # Not for who runs this file as a program.
    from modelcheck.result.reasons.proofs import SecondNotDone, SecondNotRun

    # With a limit of its own, so that it ends even if this process is killed.
    limit = str(max(int(seconds * 1000), 100))
    arguments = [str(os.getpid()), limit, str(len(header)), *map(str, (*header, *paths))]
    command = [sys.executable, "-P", str(Path(__file__)), *arguments]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise RecheckFailed(SecondNotDone(seconds)) from None
    if ran.returncode:
        last = ran.stderr.strip().splitlines()[-1:] or [f"exit code {ran.returncode}"]
        raise RecheckFailed(SecondNotRun(last[0][:200]))
    solver, *lines = ran.stdout.splitlines()
    given = {int(number): answer for number, _, answer in (line.partition(" ") for line in lines)}
    return Answers(solver, tuple(given.get(number, "nothing") for number in range(max(given, default=-1) + 1)))


def pieces(scripts: Sequence[str]) -> Iterator[tuple[tuple[int, ...], str]]:
    """Commands in the order in which they are to be carried out, each with the numbers of the questions in them.

    A question is what stands between a line ``(push 1)`` and the next line ``(pop 1)``; all else in
    a script are its definitions. A script that asks otherwise is left as it is.
    """
    begin = 0
    shared: list[tuple[tuple[int, ...], str]] = []
    for script in scripts:
        first, *parts = f"\n{script}".split("\n(push 1)\n")
        split = [f"{part}\n".partition("\n(pop 1)\n") for part in parts]
        definitions = "\n".join([first, *(rest for _, _, rest in split), ""])
        numbers = tuple(range(begin, begin + script.count("(check-sat)")))
        begin += len(numbers)
        if "(check-sat)" in definitions or any(
            not end or question.count("(check-sat)") != 1 for question, end, _ in split
        ):
            yield numbers, f"(push 1)\n{script}(pop 1)\n"
            continue
        asked = {number: question for number, (question, _, _) in zip(numbers, split, strict=True)}
        together = {n: q.removeprefix(INVARIANT) for n, q in asked.items() if q.startswith(f"{INVARIANT}\n")}
        shared += [((n,), f"(push 1)\n{definitions}{question}\n(pop 1)\n") for n, question in together.items()]
        alone = {n: f"(push 1)\n{question}\n(pop 1)\n" for n, question in asked.items() if n not in together}
        if alone:
            yield tuple(alone), f"(push 1)\n{definitions}{''.join(alone.values())}(pop 1)\n"
    if shared:
        yield (), f"(push 1)\n{INVARIANT}\n"
        yield from shared
        yield (), "(pop 1)\n"


def _run(header: str, scripts: Sequence[str], milliseconds: str) -> None:
    import cvc5  # type: ignore[import-untyped]

    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    solver.setOption("tlimit", milliseconds)
    solver.setOption("incremental", "true")
    print(f"cvc5 {cvc5.__version__}", flush=True)
    symbols = cvc5.SymbolManager(terms)
    parser = cvc5.InputParser(solver, symbols)
    asked = list(pieces(scripts))
    numbers = iter([number for some, _ in asked for number in some])
    text = "".join([header, *(text for _, text in asked)])
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "certificate")
    while not (command := parser.nextCommand()).isNull():
        said = command.invoke(solver, symbols).strip()
        if said:
            print(next(numbers), said, flush=True)


if __name__ == "__main__":
    _, parent, limit, number, *files = sys.argv
    # This file is run as it is: nothing else of the package is needed to check, but this process
    # shall end with the one that started it.
    sys.path.append(str(Path(__file__).parents[3]))
    from modelcheck.ground.lifeline import die_with

    die_with(int(parent))
    texts = [Path(file).read_text(encoding="utf-8") for file in files]
    _run("".join(texts[: int(number)]), texts[int(number) :], limit)
