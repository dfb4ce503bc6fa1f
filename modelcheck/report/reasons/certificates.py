"""Why a kept certificate does not count: as a diagnostic."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import assert_never

from modelcheck.engines.induction.certificates.certificates import MANIFEST
from modelcheck.ground.diagnostics import Diagnostic, Note, Severity
from modelcheck.ground.numerals import digits
from modelcheck.ground.version import VERSION
from modelcheck.report.reasons.proofs import confirmation_words, uncountable_words
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

#: Differences that a diagnostic names.
_NAMED = 5


def doubt_diagnostic(directory: Path, why: Doubt) -> Diagnostic:
    """Say why the certificate in a directory is not confirmed."""
    match why:
        case DoesNotFit(differences, written_by):
            texts = [_difference_words(difference) for difference in differences]
            notes = [Note(text) for text in texts[1:_NAMED]]
            if len(texts) > _NAMED:
                notes.append(Note(f"and {len(texts) - _NAMED} more differences"))
            if written_by != VERSION:
                notes.append(Note(f"it was written by modelcheck {written_by}, and this is {VERSION}"))
            return _diagnostic("MC525", directory, f"does not fit: {texts[0]}", notes)
        case Refuted(reasons):
            words = [confirmation_words(reason) for reason in reasons[:_NAMED]]
            return _diagnostic("MC526", directory, f"is refuted: {words[0]}", map(Note, words[1:]))
        case Unconfirmable(reasons):
            words = [confirmation_words(reason) for reason in reasons[:_NAMED]]
            return _diagnostic("MC527", directory, f"cannot be confirmed: {words[0]}", map(Note, words[1:]))
        case _:
            assert_never(why)


def _diagnostic(code: str, directory: Path, message: str, notes: Iterable[Note]) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, f"the certificate {directory} {message}", None, tuple(notes))


def _difference_words(what: NotFitting) -> str:
    match what:
        case WrongFile(file, fault):
            return _file_words(file, fault)
        case WrongEntry(file, key, settings=True):
            return f"{file}: `{key}` is not what the model is made with"
        case WrongEntry(file, key):
            return f"{file}: `{key}` is not what the model and the invariant give"
        case OtherClasses(names):
            return f"the scenario runs {', '.join(names) or 'nothing'} in any number"
        case OtherLocals(process, number):
            return f"a local state of {process} has {'other' if number is None else number} variables"
        case NoValueOf(value, name):
            return f"{digits(value)} is no value of {name}"
        case UnknownVariable(file, name):
            return f"{file}: there is no variable {name}"
        case NothingToProve(property):
            return f"there is no property {property} that could be proved"
        case Misfit.LOCAL_STATES:
            return "the local states do not begin with the initial one, or one is counted twice"
        case Misfit.NO_SUCH_LEMMA:
            return "an obligation rests on a lemma that there is not"
        case _:
            return uncountable_words(what)


def _file_words(file: str, fault: FileFault) -> str:
    match fault:
        case FileFault.OTHER_SOURCE:
            return f"{file} is not the text that was proved (its hash is another)"
        case FileFault.MISSING:
            return f"{file} is missing"
        case FileFault.SUPERFLUOUS:
            return f"{file} does not belong to it"
        case FileFault.NOT_GIVEN:
            return f"{file} is not what the model and the invariant give"
        case FileFault.SAID_OTHERWISE:
            return f"{MANIFEST}: what it says about {file} is not what the model and the invariant give"
        case _:
            assert_never(fault)
