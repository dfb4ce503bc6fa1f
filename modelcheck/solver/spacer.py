"""Spacer as a fallback prover: z3's PDR for Horn clauses, in a process of its own.

Spacer (Komuravelli, Gurfinkel, Chaki, CAV 2014; with global guidance: Krishnan, Chen, Shoham,
Gurfinkel, CAV 2020) looks for an invariant that no template was written for. It gets the lemmas
that are proved already, so that it need not find them again. Its answer is an invariant or nothing:
the invariant becomes a lemma of a certificate and is believed only when cvc5 has confirmed that;
"there is a violation" is not believed at all, since what is asked about may be an abstraction.

As a program (``python -m modelcheck.solver.spacer PARENT MILLISECONDS FILE global|plain``) it
solves the clauses of a file and prints an interpretation of ``invariant``, after a word that says what it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path

from modelcheck.ground.lifeline import die_with
from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.terms import Term
from modelcheck.result.reasons.proofs import NoInvariant, SpacerDied, SpacerSaid, SpacerUnreadable
from modelcheck.result.reasons.stops import Stop
from modelcheck.solver.certificates.reading import read_term
from modelcheck.solver.certificates.sexpressions import Unreadable, read_all
from modelcheck.solver.encode import Unencodable
from modelcheck.solver.smtlib import sort_text, term_text
from modelcheck.solver.solver import unknown


class _Said(Enum):
    """The first word of what the process writes (or that it wrote none); the rest is what z3 says."""

    INVARIANT = "invariant"
    VIOLATION = "violation"
    NOT_NAMED = "not-named"
    UNKNOWN = "unknown"
    FAILED = "failed"
    TIME = "time"


#: An invariant whose text is longer is not read: nobody would re-check it in time.
LONGEST = 200_000
#: Seconds for the process to start and to end, beside those for the search.
GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Found:
    """``invariant``: with the lemmas it is inductive and excludes the violation (if Spacer is
    right); None: ``reason`` says why there is none.
    """

    invariant: Term | None
    reason: NoInvariant | None = None


def search(system: CounterSystem, lemmas: Sequence[Term], fails: Term, seconds: float, *, guided: bool = True) -> Found:
    """Let Spacer look for an invariant that excludes ``fails``.

    ``lemmas``: an inductive invariant, which it may use; ``guided``: with global guidance.
    """
    if fails.is_false:
        return Found(system.terms.true)
    try:
        text = "\n".join(clauses(system, lemmas, fails)) + "\n"
    except Unencodable as error:
        return Found(None, error.why)
    with tempfile.TemporaryDirectory(prefix="modelcheck-") as scratch:
        path = Path(scratch) / "clauses.smt2"
        path.write_text(text, encoding="utf-8")
        said = _run(path, seconds, "global" if guided else "plain")
    match said:
        case _Said.INVARIANT, text:
            return _read(system, text)
        case _Said.VIOLATION, _:
            return Found(None, SpacerSaid.VIOLATION)
        case _Said.NOT_NAMED, _:
            return Found(None, SpacerSaid.NOT_NAMED)
        case _Said.UNKNOWN, text:
            return Found(None, unknown(text))
        case _Said.FAILED, text:
            return Found(None, SpacerDied(text))
        case _Said.TIME, _:
            return Found(None, Stop.TIME)
        case _:
            raise AssertionError(said)


def _run(path: Path, seconds: float, guidance: str) -> tuple[_Said, str]:
    """What the process says."""
    limit = str(max(int(seconds * 1000), 1))
    command = [sys.executable, "-m", "modelcheck.solver.spacer", str(os.getpid()), limit, str(path), guidance]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds + GRACE, check=False)
    except subprocess.TimeoutExpired:
        return _Said.TIME, ""
    if ran.returncode:
        last = ran.stderr.strip().splitlines()[-1:] or [f"exit code {ran.returncode}"]
        return _Said.FAILED, last[0][:200]
    word, _, rest = ran.stdout.strip().partition(" ")
    return _Said(word), rest


def _read(system: CounterSystem, text: str) -> Found:
    if len(text) > LONGEST:
        return Found(None, SpacerSaid.TOO_LONG)
    variables = {f"x{i}": system.terms.variable(v.id, v.sort) for i, v in enumerate(system.variables)}
    try:
        (expression,) = read_all(text)
        return Found(read_term(expression, variables, system.terms))
    except (Unreadable, ValueError) as error:
        return Found(None, SpacerUnreadable(str(error)))


def clauses(system: CounterSystem, lemmas: Sequence[Term], fails: Term) -> Iterator[str]:
    """The system as constrained Horn clauses in SMT-LIB 2: satisfiable if no reachable state satisfies ``fails``.

    The only unknown predicate is ``invariant``; it is about the variables in order, which are
    called ``x0``, ``x1``, ... Raises ``Unencodable``.
    """
    terms = system.terms
    names = {v.id: f"x{i}" for i, v in enumerate(system.variables)}
    sorts = " ".join(sort_text(v.sort) for v in system.variables)
    bound = " ".join(f"({names[v.id]} {sort_text(v.sort)})" for v in system.variables)
    here = f"(invariant {' '.join(names.values())})" if names else "invariant"
    yield "(set-logic HORN)"
    yield f"(declare-fun invariant ({sorts}) Bool)"

    def rule(conditions: Sequence[Term], before: str, after: str) -> str:
        body = [before, *(term_text(c, names) for c in conditions if not c.is_true)]
        return f"(assert (forall ({bound})\n  (=> (and {' '.join(body)}) {after})))"

    initially = terms.and_(
        system.possible,
        *(terms.eq(terms.variable(v.id, v.sort), system.initial[v.id]) for v in system.variables),
    )
    yield rule([initially], "true", here)
    for step in system.steps:
        if step.fault:
            continue
        changes = dict(step.updates)
        after = [term_text(changes[v.id], names) if v.id in changes else names[v.id] for v in system.variables]
        yield f"; {step.name}"
        yield rule([*lemmas, step.guard], here, f"(invariant {' '.join(after)})" if names else here)
    yield rule([*lemmas, fails], here, "false")


def _solve(path: str, milliseconds: int, *, guided: bool) -> tuple[_Said, str]:
    import z3

    z3.set_param("fp.spacer.global", guided)
    solver = z3.SolverFor("HORN")
    solver.set("timeout", milliseconds)
    solver.from_file(path)
    result = solver.check()
    if result == z3.unsat:
        return _Said.VIOLATION, ""
    if result != z3.sat:
        return _Said.UNKNOWN, solver.reason_unknown()
    model = solver.model()
    for declaration in model.decls():
        if declaration.name() == "invariant":
            names = [z3.Const(f"x{i}", declaration.domain(i)) for i in range(declaration.arity())]
            value = model.eval(declaration(*names) if names else declaration())
            return _Said.INVARIANT, " ".join(z3.simplify(value).sexpr().split())
    return _Said.NOT_NAMED, ""


if __name__ == "__main__":
    _, parent, limit, file, guidance = sys.argv
    die_with(int(parent))
    word, rest = _solve(file, int(limit), guided=guidance == "global")
    print(word.value, rest)
