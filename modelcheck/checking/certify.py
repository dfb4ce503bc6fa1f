"""Checking a kept certificate again: compose it anew from the spec, compare, and ask the second solver every question.

Hashes alone would prove nothing: who edits a file can edit its hash. What is trusted is the spec
(elaborated again) and nothing in the directory: the lemmas and the counted local states are read
from it, but they only say what is to be proved, and whatever follows from them is made anew and has
to be there to the letter.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.induction.certificates.certificates import (
    FORMAT,
    MANIFEST,
    Composed,
    Json,
    Statement,
    Unconfirmed,
    compose,
    guarded,
    origin_of,
    recheck,
    write,
)
from modelcheck.engines.induction.certificates.everywhere import hold_everywhere
from modelcheck.engines.induction.certificates.observed import Disagreement, observe
from modelcheck.engines.induction.subject import Subject, count, countable, fixed
from modelcheck.engines.protocol import Sized
from modelcheck.ground.diagnostics import Diagnostic, Note, Severity, SpecError
from modelcheck.ground.files import read_file
from modelcheck.ground.records import dataclass
from modelcheck.ir.terms import Term
from modelcheck.ir.uncountable import NotCountable
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.model import typed
from modelcheck.result.comparisons import ProofComparison
from modelcheck.result.proof import Origin
from modelcheck.result.reasons.certificates import (
    DoesNotFit,
    Doubt,
    FileFault,
    Misfit,
    NotFitting,
    NothingToProve,
    NoValueOf,
    OtherClasses,
    OtherLocals,
    Refuted,
    Unconfirmable,
    UnknownVariable,
    WrongEntry,
    WrongFile,
)
from modelcheck.solver.certificates.certificate import INVARIANT, Needs, read_lemmas
from modelcheck.solver.certificates.reading import NoSuchVariable
from modelcheck.solver.certificates.sexpressions import Unreadable


class Standing(Enum):
    """What became of a certificate."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Certified:
    """``proved``: (property, whether it is existential), as the certificate names them; ``questions``:
    how many were answered by ``solver``.

    ``bounds`` and ``for_any``: what the proof is about. ``doubt``: why it is not confirmed.
    """

    standing: Standing
    doubt: Doubt | None
    model: typed.Model
    proved: tuple[tuple[str, bool], ...]
    for_any: tuple[str, ...]
    lemmas: int
    questions: int = 0
    solver: str = ""
    compared: ProofComparison | None = None


def certificates_in(directory: Path) -> tuple[Path, ...]:
    """The directory itself if it is a certificate, else those directly below it.

    Raises ``SpecError`` (MC524) if there are none.
    """
    if (directory / MANIFEST).is_file():
        return (directory,)
    found = tuple(sorted(path.parent for path in directory.glob(f"*/{MANIFEST}")))
    if not found:
        raise _malformed(directory, f"there is no {MANIFEST} in it")
    return found


def certify(directory: Path, spec: str | None, seconds: float) -> Certified:
    """Check a certificate again. ``spec``: where the spec is now, if not where the manifest says.

    Raises ``SpecError``: MC524 if the directory is not a certificate, and whatever is wrong with the spec.
    """
    manifest = _Manifest.read(directory)
    path = spec if spec is not None else str(directory / manifest.path)
    loaded = _loaded(path, named=spec is None)
    edited = pipeline.Loaded(loaded).edited(manifest.variant, manifest.overrides)

    def sized(counts: Mapping[str, int]) -> typed.Model:
        return edited.resolved(manifest.scenario, counts).model

    model = sized({})
    existential = {p.name: p.existential for p in model.properties}

    def result(
        standing: Standing,
        doubt: Doubt | None,
        questions: int = 0,
        solver: str = "",
        compared: ProofComparison | None = None,
    ) -> Certified:
        proved = tuple((name, existential.get(name, False)) for name in manifest.proved)
        number = len(lemmas)
        return Certified(standing, doubt, model, proved, manifest.for_any, number, questions, solver, compared)

    lemmas: tuple[Term, ...] = ()
    origin = Origin(path, pipeline.sources(loaded), tuple(manifest.overrides.items()))
    changed = tuple(_other_spec(manifest.document["spec"], origin_of(origin, directory)))
    if changed:
        return result(Standing.REFUTED, DoesNotFit(changed, manifest.written_by))
    try:
        subject = _subject(manifest, model, sized)
    except (NotCountable, _NotTheModel) as error:
        return result(Standing.REFUTED, DoesNotFit((error.why,), manifest.written_by))
    try:
        lemmas = read_lemmas(_text(directory, INVARIANT), subject.counted)
    except NoSuchVariable as error:
        unknown = UnknownVariable(INVARIANT, error.name)
        return result(Standing.REFUTED, DoesNotFit((unknown,), manifest.written_by))
    except Unreadable as flaw:
        raise _malformed(directory, f"{INVARIANT}: {flaw}") from None
    try:
        statement = _statement(manifest, subject, lemmas)
        observed, formulas = observe(subject)
        covered = guarded(subject, statement, observed)
        composed = compose(subject, statement, covered, origin, directory)
        different = tuple(_differences(directory, manifest, composed))
        if different:
            return result(Standing.REFUTED, DoesNotFit(different, manifest.written_by))
        compared = ProofComparison(formulas, hold_everywhere(subject, lemmas))
        with tempfile.TemporaryDirectory(prefix="modelcheck-") as scratch:
            write(composed, Path(scratch))
            solver, wrong = recheck(composed.scripts, Path(scratch), seconds)
    except _NotTheModel as error:
        return result(Standing.REFUTED, DoesNotFit((error.why,), manifest.written_by))
    except Disagreement as error:
        return result(Standing.REFUTED, Refuted((error.why,)))
    except Unconfirmed as error:
        if not error.refuted:
            return result(Standing.UNDECIDED, Unconfirmable((error.why,)))
        return result(Standing.REFUTED, Refuted((error.why,)))
    questions = sum(len(script.questions) for script in composed.scripts)
    if wrong:
        reasons = tuple(one.why for one in wrong)
        refuting = next((reason for reason in reasons if reason.refutes), None)
        if refuting is not None:
            return result(Standing.REFUTED, Refuted((refuting, *reasons[1:])), questions, solver)
        return result(Standing.UNDECIDED, Unconfirmable(reasons), questions, solver)
    return result(Standing.CONFIRMED, None, questions, solver, compared)


def _loaded(path: str, *, named: bool) -> ast.Spec:
    """Read the spec. ``named``: by the certificate and not by the user, who may have moved one of them."""
    try:
        return pipeline.load(path)
    except SpecError as error:
        if not named or Path(path).exists():
            raise
        note = Note("the certificate names it; `--spec FILE` says where it is now")
        raise SpecError(replace(found, notes=(*found.notes, note)) for found in error.diagnostics) from None


class _NotTheModel(Exception):
    """The certificate speaks of something that the model does not have."""

    def __init__(self, why: NotFitting) -> None:
        self.why = why
        super().__init__(str(why))


def _subject(manifest: _Manifest, model: typed.Model, sized: Sized) -> Subject:
    open = tuple(p.name for p in model.processes if p.count is None)
    if open != manifest.for_any:
        raise _NotTheModel(OtherClasses(open))
    if not open:
        return fixed(model, SEMANTICS.elaborate(model), SEMANTICS)
    known = countable(model, sized, SEMANTICS)
    if known.own_names != manifest.variables:
        raise _NotTheModel(OtherLocals(known.process))
    own = known.replicas.own[0]
    system = known.two
    states = []
    for values in manifest.states:
        if len(values) != len(own):
            raise _NotTheModel(OtherLocals(known.process, len(own)))
        for id, value in zip(own, values, strict=True):
            if isinstance(value, bool) != isinstance(system.variables[id].initial, bool):
                raise _NotTheModel(NoValueOf(value, system.variables[id].name))
            low, high = system.variables[id].low, system.variables[id].high
            if (low is not None and value < low) or (high is not None and value > high):
                raise _NotTheModel(NoValueOf(value, system.variables[id].name))
        states.append(dict(zip(own, values, strict=True)))
    start = {id: system.variables[id].initial for id in own}
    if not states or states[0] != start or len({tuple(s.values()) for s in states}) != len(states):
        raise _NotTheModel(Misfit.LOCAL_STATES)
    return count(model, known, states)


def _statement(manifest: _Manifest, subject: Subject, lemmas: tuple[Term, ...]) -> Statement:
    ids = {p.name: p.id for p in subject.system.properties if p.id in subject.counted.bad}
    for name in manifest.proved:
        if name not in ids:
            raise _NotTheModel(NothingToProve(name))
    alone = frozenset(ids[name] for name in manifest.alone if name in manifest.proved)
    proved = {ids[name]: name for name in sorted(manifest.proved, key=ids.__getitem__)}
    needs = manifest.needs
    for needed in (n for group in needs.values() for n in group.values()):
        if any(not 0 <= number < len(lemmas) for number in needed):
            raise _NotTheModel(Misfit.NO_SUCH_LEMMA)
    properties = {ids[name]: needed for name, needed in needs["properties"].items() if name in manifest.proved}
    steps, escapes = ({int(n): needed for n, needed in needs[key].items()} for key in ("steps", "escapes"))
    return Statement(lemmas, proved, alone, Needs(steps, escapes, properties))


def _differences(directory: Path, manifest: _Manifest, composed: Composed) -> Iterable[NotFitting]:
    expected: Json = json.loads(json.dumps(composed.manifest))
    for key in sorted({*expected, *manifest.document} - {"modelcheck", "spec"}):
        if key == "files":
            yield from _other_files(manifest.document.get(key), expected[key])
        elif _canonical(expected.get(key)) != _canonical(manifest.document.get(key)):
            yield WrongEntry(MANIFEST, key)
    texts = {script.file: script.text for script in composed.scripts}
    there = {path.relative_to(directory).as_posix() for path in directory.rglob("*") if not path.is_dir()}
    for file in sorted({*texts, MANIFEST} - there):
        yield WrongFile(file, FileFault.MISSING)
    for file in sorted(there - {*texts, MANIFEST}):
        yield WrongFile(file, FileFault.SUPERFLUOUS)
    for file in sorted(there & texts.keys()):
        if _text(directory, file) != texts[file]:
            yield WrongFile(file, FileFault.NOT_GIVEN)


def _other_spec(said: Json, expected: Json) -> Iterable[NotFitting]:
    for file in sorted({*said["sources"], *expected["sources"]}):
        if said["sources"].get(file) != expected["sources"].get(file):
            yield WrongFile(file, FileFault.OTHER_SOURCE)
    if _canonical(said.get("set")) != _canonical(expected["set"]):
        yield WrongEntry(MANIFEST, "set", settings=True)


def _other_files(said: Any, expected: Json) -> Iterable[NotFitting]:
    if not isinstance(said, dict):
        yield WrongEntry(MANIFEST, "files")
        return
    for file in sorted({*said, *expected}):
        if _canonical(said.get(file)) != _canonical(expected.get(file)):
            yield WrongFile(file, FileFault.SAID_OTHERWISE)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _text(directory: Path, file: str) -> str:
    try:
        return read_file(directory / file).decode("utf-8")
    except OSError as error:
        raise _malformed(directory, f"{file} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise _malformed(directory, f"{file} is not UTF-8 text") from None


# reading the manifest

#: No system has steps with numbers of more digits.
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What is read from a manifest; everything else in it is only compared."""

    document: Json
    written_by: str
    path: str
    overrides: Mapping[str, str]
    variant: str
    scenario: str
    for_any: tuple[str, ...]
    variables: tuple[str, ...]
    states: tuple[tuple[bool | int, ...], ...]
    proved: tuple[str, ...]
    alone: tuple[str, ...]
    needs: Mapping[str, Mapping[str, tuple[int, ...]]]

    @staticmethod
    def read(directory: Path) -> _Manifest:
        try:
            document = json.loads(_text(directory, MANIFEST))
        except (ValueError, RecursionError):
            raise _malformed(directory, f"{MANIFEST} is not JSON") from None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise _malformed(directory, f"{MANIFEST} does not have the format {FORMAT}")
        try:
            spec = _a(dict, document["spec"])
            counted = _a(dict, document["counted"])
            return _Manifest(
                document,
                _a(str, document["modelcheck"]),
                _a(str, spec["path"]),
                {_a(str, k): _a(str, v) for k, v in _a(dict, spec["set"]).items()},
                _a(str, document["variant"]),
                _a(str, document["scenario"]),
                tuple(_a(str, x) for x in _a(list, document["for_any"])),
                tuple(_a(str, x) for x in _a(list, counted["variables"])),
                tuple(tuple(_a(int, x) for x in _a(list, state)) for state in _a(list, counted["states"])),
                tuple(_a(str, x) for x in _a(list, document["proved"])),
                tuple(_a(str, x) for x in _a(list, document["nothing_could_violate"])),
                {key: _needs(document["needs"][key]) for key in ("steps", "escapes", "properties")},
            ).checked(directory)
        except KeyError as error:
            raise _malformed(directory, f"{MANIFEST}: {error} is missing") from None
        except (TypeError, ValueError):
            raise _malformed(directory, f"{MANIFEST}: a part of it is something else than it should be") from None

    def checked(self, directory: Path) -> _Manifest:
        if not isinstance(self.document["spec"].get("sources"), dict):
            raise _malformed(directory, f"{MANIFEST}: `sources` is missing or is something else")
        for key in ("steps", "escapes"):
            for number in self.needs[key]:
                if not number.isdecimal() or not number.isascii() or len(number) > _MOST_DIGITS:
                    raise _malformed(directory, f"{MANIFEST}: `needs`: `{number[:80]}` is no number of a step")
        if not self.proved:
            raise _malformed(directory, f"{MANIFEST} names no property")
        return self


def _needs(said: Any) -> dict[str, tuple[int, ...]]:
    return {_a(str, key): tuple(_a(int, x) for x in _a(list, needed)) for key, needed in _a(dict, said).items()}


def _a(kind: type[Any], value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"`{value}`"[:80])
    return value


# what is no certificate


def _malformed(directory: Path, why: str) -> SpecError:
    return SpecError([Diagnostic("MC524", Severity.ERROR, f"{directory} is no certificate: {why}", None)])
