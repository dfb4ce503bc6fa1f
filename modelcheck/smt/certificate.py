"""Certificates: an inductive invariant and everything it has to satisfy, as SMT-LIB 2 scripts with the user's names.

The invariant proves its properties if each script answers as the manifest says: it holds initially, every step preserves it, and with it no
step and no state violates a property, and no instance leaves the local states that are counted. The *controls* must be satisfiable: an encoding that
contradicts itself would prove everything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelcheck.ir.passes.counters import CounterSystem
from modelcheck.ir.terms import INT, Term
from modelcheck.smt.inductive import violations
from modelcheck.smt.recheck import check_files
from modelcheck.smt.smtlib import sort_text, symbol, term_text

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Script:
    """One file: its text, and (name, answer) of each question in it."""

    file: str
    text: str
    questions: tuple[tuple[str, str], ...]


def scripts(
    system: CounterSystem,
    lemmas: Sequence[Term],
    properties: Mapping[int, str],
    covered: frozenset[int],
) -> tuple[Script, ...]:
    """The scripts of a certificate. ``covered``: steps (by number) that some sample takes: for them there is a control.

    Raises ``Unencodable`` where a bit operation on an integer has no bound.
    """
    terms = system.terms
    names = _names(system)
    declarations = [f"(declare-const {names[v.id]} {sort_text(v.sort)})" for v in system.variables]
    invariant = [f"(assert {term_text(lemma, names)})" for lemma in lemmas]

    def script(file: str, about: str, questions: Iterator[tuple[str, Sequence[Term], str]], *, assume: bool) -> Script:
        lines = [f"; {about}", "(set-logic ALL)", "(set-option :incremental true)", *declarations]
        asked: list[tuple[str, str]] = []
        if assume:
            lines += ["; the invariant", *invariant]
        for name, conditions, answer in questions:
            asked.append((name, answer))
            lines.append(f"; {name}: {answer}")
            lines.append("(push 1)")
            lines += [f"(assert {term_text(c, names)})" for c in conditions]
            lines += ["(check-sat)", "(pop 1)"]
        return Script(file, "\n".join(lines) + "\n", tuple(asked))

    initial = dict(system.initial)

    def initiation() -> Iterator[tuple[str, Sequence[Term], str]]:
        for number, lemma in enumerate(lemmas):
            start = terms.substitute(lemma, initial)
            if not start.is_true:
                yield f"lemma {number} holds initially", (system.possible, terms.not_(start)), "unsat"

    def consecution() -> Iterator[tuple[str, Sequence[Term], str]]:
        for number, step in enumerate(system.steps):
            if step.fault:
                continue
            changes = dict(step.updates)
            after = [terms.substitute(lemma, changes) for lemma in lemmas]
            changed = [a for a, lemma in zip(after, lemmas, strict=True) if a is not lemma]
            broken = terms.not_(terms.and_(*changed))
            if not broken.is_false:
                yield f"step {number} preserves the invariant ({step.name})", (step.guard, broken), "unsat"
            if not step.escape.is_false:
                yield f"step {number} stays among the counted states", (step.guard, step.escape), "unsat"

    def safety() -> Iterator[tuple[str, Sequence[Term], str]]:
        for id, name in properties.items():
            bad = terms.or_(*violations(system, id))
            if not bad.is_false:
                yield f"{name} is not violated", (bad,), "unsat"

    def controls() -> Iterator[tuple[str, Sequence[Term], str]]:
        begins = [terms.eq(terms.variable(v.id, v.sort), initial[v.id]) for v in system.variables]
        if system.total is None:
            yield "the initial state is possible", begins, "sat"
        else:
            total = terms.variable(system.total, INT)
            for n in (0, 1, 1000):
                yield f"{n} instances are possible", (*begins, terms.eq(total, terms.integer(n))), "sat"
        for number in sorted(covered):
            yield f"step {number} is possible", (system.steps[number].guard,), "sat"

    return (
        script(
            "initiation.smt2", "The invariant holds initially, for any number of instances.", initiation(), assume=False
        ),
        script("consecution.smt2", "Every step preserves the invariant.", consecution(), assume=True),
        script("properties.smt2", "Where the invariant holds nothing is violated.", safety(), assume=True),
        script("controls.smt2", "These must be satisfiable.", controls(), assume=True),
    )


def _names(system: CounterSystem) -> dict[int, str]:
    """A symbol for each variable; equal names (two colours of locals may share one) get a number."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for v in system.variables:
        name, extra = symbol(v.name), 1
        while name in taken:
            extra += 1
            name = symbol(f"{v.name} ({extra})")
        taken.add(name)
        names[v.id] = name
    return names


def write(directory: Path, made: Sequence[Script], about: Mapping[str, object]) -> None:
    """Write the scripts and a manifest with their hashes. Raises ``OSError``."""
    directory.mkdir(parents=True, exist_ok=True)
    files: dict[str, object] = {}
    for script in made:
        (directory / script.file).write_text(script.text, encoding="utf-8")
        files[script.file] = {"sha256": _digest(script.text), "questions": [list(q) for q in script.questions]}
    manifest = {"format": FORMAT, **about, "files": files}
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def recheck(directory: Path, made: Sequence[Script], seconds: float) -> None:
    """Let the second solver confirm the scripts just written. Raises ``RecheckFailed`` (of ``smt.recheck``)."""
    check_files([directory / s.file for s in made], [s.questions for s in made], seconds)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
