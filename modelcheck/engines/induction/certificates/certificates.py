"""Certificate directories: composed from a model and an invariant, written, and confirmed by the second solver.

``compose`` makes every file and the manifest from the model and the lemmas alone, always the same
way. That is what lets a directory be checked later: compose it again, and compare.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import field, replace
from pathlib import Path, PurePath
from typing import Any

from modelcheck.engines.induction.certificates.everywhere import hold_everywhere
from modelcheck.engines.induction.certificates.guard import guard
from modelcheck.engines.induction.certificates.observed import Disagreement, Observed, observe
from modelcheck.engines.induction.certificates.proof_obligations import unasked
from modelcheck.engines.induction.subject import Subject
from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ground.version import VERSION
from modelcheck.ir.fingerprint import fingerprint
from modelcheck.ir.formulas import invariant_text, is_natural
from modelcheck.ir.terms import Op, Term
from modelcheck.result.comparisons import ProofComparison
from modelcheck.result.proof import Lemma, Origin, Proof, Request
from modelcheck.result.reasons.proofs import FewAnswers, NotAsked, NotConfirmed, NotWritten, WrongAnswer
from modelcheck.solver.certificates.certificate import (
    HEADER,
    INVARIANT,
    Claim,
    Needs,
    Script,
    control_name,
    read_lemmas,
    scripts,
)
from modelcheck.solver.certificates.recheck import RecheckFailed, ask
from modelcheck.solver.certificates.sexpressions import Unreadable
from modelcheck.solver.encode import Unencodable

FORMAT = 2
MANIFEST = "manifest.json"
#: Seconds of computing for leaving out lemmas if the certificate is kept.
MINIMISE_SECONDS = 3.0
#: And if it is not: then only invariants of at most so many lemmas, which somebody may want to read.
MINIMISE_IN_PASSING = 1.0
READABLE = 60

#: What ``json`` reads and writes.
Json = dict[str, Any]


class Unconfirmed(Exception):
    """z3's proof does not count; ``why`` says why not.

    ``refuted``: somebody says the opposite (and not just nothing).
    """

    def __init__(self, why: NotConfirmed, *, refuted: bool) -> None:
        self.why = why
        self.refuted = refuted
        super().__init__(str(why))


@dataclass(frozen=True, slots=True)
class Statement:
    """What is claimed.

    ``proved``: names of properties, by id; ``alone``: those that nothing could violate; ``needs``:
    the lemmas that each obligation rests on.
    """

    lemmas: tuple[Term, ...]
    proved: Mapping[int, str]
    alone: frozenset[int] = frozenset()
    needs: Needs = field(default_factory=Needs)


@dataclass(frozen=True, slots=True)
class Composed:
    """``scripts`` and ``manifest``: what belongs into the directory."""

    scripts: tuple[Script, ...]
    manifest: Json


def compose(
    subject: Subject,
    statement: Statement,
    covered: frozenset[int],
    origin: Origin | None,
    base: Path,
) -> Composed:
    """Make the contents of a certificate. ``covered``: as ``guarded`` gives it; ``base``: the
    directory, which the path of the spec is told from.

    Raises ``Unconfirmed`` if no certificate can be written.
    """
    notes = invariant_text(statement.lemmas, subject.counted, subject.system, subject.process)
    claim = Claim(statement.lemmas, statement.proved, covered, statement.alone, notes, statement.needs)
    proved = sorted(statement.proved.values())
    try:
        made = scripts(subject.counted, claim)
    except Unencodable as error:
        raise Unconfirmed(NotWritten(error.why), refuted=False) from None
    missing = unasked(subject.counted, statement.lemmas, statement.proved, statement.alone, made)
    if missing is not None:
        raise Unconfirmed(NotAsked(missing), refuted=False)
    model = subject.model
    manifest: Json = {
        "format": FORMAT,
        "modelcheck": VERSION,
        "spec": None if origin is None else origin_of(origin, base),
        "model": model.name,
        "variant": model.variant,
        "scenario": model.scenario,
        "system": fingerprint(subject.system),
        "for_any": list(subject.for_any),
        "bounds": {
            "processes": {p.name: p.count for p in model.processes if p.count is not None},
            "pools": {o.name: o.pool for o in model.objects},
        },
        "counted": {
            "variables": [] if subject.countable is None else list(subject.countable.own_names),
            "states": [list(values) for values in subject.local_states],
        },
        "proved": proved,
        "nothing_could_violate": sorted(statement.proved[id] for id in statement.alone),
        "lemmas": len(statement.lemmas),
        "needs": {
            "steps": {str(number): list(needed) for number, needed in statement.needs.steps.items()},
            "escapes": {str(number): list(needed) for number, needed in statement.needs.escapes.items()},
            "properties": {statement.proved[id]: list(needed) for id, needed in statement.needs.properties.items()},
        },
        "files": {
            script.file: {"sha256": digest(script.text), "questions": [[q.name, q.answer] for q in script.questions]}
            for script in made
        },
    }
    return Composed(made, manifest)


def guarded(subject: Subject, statement: Statement, observed: Sequence[Observed]) -> frozenset[int]:
    """Hold the formulas of a certificate against what was observed; return the steps that were possible somewhere.

    Raises ``Unconfirmed`` if it contradicts them, or they cannot be written.
    """
    claim = Claim(statement.lemmas, statement.proved, frozenset(), statement.alone)
    try:
        return guard(subject, scripts(subject.counted, claim), sorted(statement.proved.values()), observed)
    except Unencodable as error:
        raise Unconfirmed(NotWritten(error.why), refuted=False) from None
    except Disagreement as error:
        raise Unconfirmed(error.why, refuted=True) from None


def origin_of(origin: Origin, base: Path) -> Json:
    """What a manifest in the directory ``base`` says about where the model comes from."""
    directory = os.path.dirname(origin.spec) or "."
    return {
        "path": PurePath(os.path.relpath(origin.spec, base)).as_posix(),
        "set": dict(origin.overrides),
        "sources": {
            PurePath(os.path.relpath(path, directory)).as_posix(): digest(text) for path, text in origin.sources
        },
    }


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Wrong:
    """A question of the script ``file`` that the second solver answers otherwise."""

    file: str
    why: WrongAnswer


def recheck(made: Sequence[Script], directory: Path, seconds: float) -> tuple[str, tuple[Wrong, ...]]:
    """Let the second solver answer the questions of these scripts, which are in ``directory``; return
    its name and what it answers wrongly.

    Raises ``Unconfirmed`` if it does not answer every question.
    """
    asked = [(script.file, question) for script in made for question in script.questions]
    paths = [directory / script.file for script in made if script.questions]
    try:
        answers = ask([directory / file for file in HEADER], paths, seconds)
    except RecheckFailed as error:
        raise Unconfirmed(error.why, refuted=False) from None
    wrong = [
        Wrong(file, WrongAnswer(q.name, given, q.answer))
        for (file, q), given in zip(asked, answers.given, strict=False)
        if given != q.answer
    ]
    if len(answers.given) != len(asked) and not wrong:
        raise Unconfirmed(FewAnswers(len(answers.given), len(asked)), refuted=False)
    return answers.solver, tuple(wrong)


def confirm(subject: Subject, statement: Statement, request: Request, seconds: float) -> tuple[Statement, Proof]:
    """Certify what z3 has proved: leave out what is not needed, hold the formulas against steps that
    really happen, and let the second solver answer every question.

    Returns the statement as certified. Leaves the certificate where the request says. Raises
    ``Unconfirmed``; ``SpecError`` (MC521) if it cannot be written.
    """
    try:
        observed, compared = observe(subject)
    except Disagreement as error:
        raise Unconfirmed(error.why, refuted=True) from None
    statement = replace(_in_order(statement), alone=_impossible(subject, statement))
    if request.certificate is not None:
        statement = _minimised(subject, statement, MINIMISE_SECONDS)
    elif len(statement.lemmas) <= READABLE:
        statement = _minimised(subject, statement, MINIMISE_IN_PASSING)
    statement = _readable(subject, statement)
    try:
        everywhere = hold_everywhere(subject, statement.lemmas)
    except Disagreement as error:
        raise Unconfirmed(error.why, refuted=True) from None
    covered = guarded(subject, statement, observed)
    with ExitStack() as stack:
        if request.certificate is None:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="modelcheck-")))
        else:
            directory = request.certificate
        composed = compose(subject, statement, covered, request.origin, directory)
        write(composed, directory)
        solver, wrong = recheck(composed.scripts, directory, seconds)
        alone = _alone(statement, wrong)
        if alone and len(alone) == len(wrong):
            statement = replace(statement, alone=statement.alone | alone)
            composed = compose(subject, statement, covered, request.origin, directory)
            write(composed, directory)
            again = {w.file for w in wrong}
            solver, wrong = recheck([s for s in composed.scripts if s.file in again], directory, seconds)
        if wrong:
            raise Unconfirmed(wrong[0].why, refuted=wrong[0].why.refutes)
    texts = invariant_text(statement.lemmas, subject.counted, subject.system, subject.process)
    shown = tuple(
        Lemma(text, is_natural(term, subject.counted)) for text, term in zip(texts, statement.lemmas, strict=True)
    )
    return statement, Proof(subject.for_any, shown, solver, ProofComparison(compared, everywhere))


def _impossible(subject: Subject, statement: Statement) -> frozenset[int]:
    """Properties that nothing could violate as it is written; cvc5 says the same of others, which
    it is asked about twice.
    """
    return frozenset(id for id in statement.proved if all(way.is_false for way in subject.counted.violations(id)))


def _minimised(subject: Subject, statement: Statement, seconds: float) -> Statement:
    from modelcheck.solver.certificates.minimise import minimise

    fewer = minimise(subject.counted, statement.lemmas, tuple(statement.proved), seconds)
    return replace(statement, lemmas=fewer.lemmas, needs=fewer.needs)


def _in_order(statement: Statement) -> Statement:
    """The same with the lemmas in the order in which people want to read them."""
    order = sorted(range(len(statement.lemmas)), key=lambda number: _rank(statement.lemmas[number]))
    place = {number: position for position, number in enumerate(order)}

    def moved(needs: Mapping[int, tuple[int, ...]]) -> dict[int, tuple[int, ...]]:
        return {key: tuple(sorted(place[number] for number in numbers)) for key, numbers in needs.items()}

    needs = Needs(moved(statement.needs.steps), moved(statement.needs.escapes), moved(statement.needs.properties))
    return replace(statement, lemmas=tuple(statement.lemmas[number] for number in order), needs=needs)


def _rank(lemma: Term) -> int:
    """Equations first, bounds last: the order in which people want to read them."""
    match lemma.op:
        case Op.EQ:
            return 0
        case Op.LE | Op.LT:
            return 2
        case _:
            return 1


def _readable(subject: Subject, statement: Statement) -> Statement:
    """The same lemmas as they are read back from their text. Raises ``Unconfirmed`` if there is no such text."""
    try:
        for _ in range(3):
            claim = Claim(statement.lemmas, {}, frozenset())
            text = next(s.text for s in scripts(subject.counted, claim) if s.file == INVARIANT)
            lemmas = read_lemmas(text, subject.counted)
            if lemmas == statement.lemmas:
                return statement
            statement = replace(statement, lemmas=lemmas)
    except Unencodable as error:
        raise Unconfirmed(NotWritten(error.why), refuted=False) from None
    except Unreadable as error:
        raise Unconfirmed(NotWritten(str(error)), refuted=False) from None
    raise Unconfirmed(NotWritten(""), refuted=False)


def _alone(statement: Statement, wrong: Sequence[Wrong]) -> frozenset[int]:
    """Properties whose control failed: no state and no step could violate them, which is as good as a proof."""
    controls = {control_name(name): id for id, name in statement.proved.items()}
    return frozenset(controls[w.why.question] for w in wrong if w.why.given == "unsat" and w.why.question in controls)


def write(composed: Composed, directory: Path) -> None:
    """Write a certificate; what is left there of an earlier one goes. Raises ``SpecError`` (MC521)."""
    try:
        if (directory / MANIFEST).is_file():
            for old in (*directory.glob("steps/*.smt2"), *directory.glob("properties/*.smt2")):
                old.unlink()
        for script in composed.scripts:
            path = directory / script.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(script.text, encoding="utf-8", newline="")
        text = json.dumps(composed.manifest, indent=1) + "\n"
        (directory / MANIFEST).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        message = f"cannot write {error.filename or directory}: {error.strerror or error}"
        raise SpecError([Diagnostic("MC521", Severity.ERROR, message, None)]) from None
