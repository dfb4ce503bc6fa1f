"""Reasons are data, and become sentences in ``report/reasons`` alone: nowhere else is one made."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import modelcheck
from modelcheck.ground.ended import Limited
from modelcheck.ir.uncountable import Uncounted, Unprovable
from modelcheck.report.reasons.proofs import confirmation_words, inexpressible_words, unproved_words
from modelcheck.report.reasons.sentences import headline, reason_text
from modelcheck.report.reasons.stops import advice, stop_words
from modelcheck.report.reasons.studies import detail_text, unknown_text
from modelcheck.result.reasons.differences import (
    Aspect,
    Claimed,
    Inconsistent,
    InStep,
    ModelDisagreement,
    NotReplayed,
    OtherAspect,
    OtherClaim,
    OtherStep,
    Overseen,
    Refused,
    TraceNotConfirmed,
    Unpaired,
)
from modelcheck.result.reasons.lengths import NoRun, NotEncoded
from modelcheck.result.reasons.proofs import NotAttempted, NotFound, Unlike
from modelcheck.result.reasons.reason import ForAnyNumber, NoAnswer
from modelcheck.result.reasons.stops import Stop, Unsupported
from modelcheck.result.trace import Move
from modelcheck.studies.synthesis.reasons import Exhausted, Untold

ROOT = Path(modelcheck.__file__).parent

#: Where sentences are made.
SAYING = ("report", "cli", "export", "__init__.py", "__main__.py", "pytest_plugin.py")

#: What is called a reason, as a field, a parameter or an argument.
CALLED = {"reason", "not_applicable", "problem", "failure", "ended", "remark", "compared", "cross_checked", "detail"}

#: (module, field) that are texts, and why.
TEXTS = {
    ("language/syntax/ast/expectations.py", "reason"): "what the user wrote",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module that makes no sentences."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.split("/")[0] not in SAYING:
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def is_text(node: ast.AST) -> bool:
    """Whether an expression makes a text that says something."""
    match node:
        case ast.Constant(value=str(text)):
            return bool(text)
        case ast.JoinedStr():
            return True
        case ast.BinOp(left=left, right=right):
            return is_text(left) or is_text(right)
        case ast.IfExp(body=body, orelse=other):
            return is_text(body) or is_text(other)
        case ast.BoolOp(values=values):
            return any(map(is_text, values))
        case _:
            return False


def texts() -> Iterator[tuple[str, str]]:
    """Each (module, name) under which a text is called a reason."""
    for name, module in modules():
        for node in ast.walk(module):
            match node:
                case ast.keyword(arg=str(called), value=value) if called in CALLED and is_text(value):
                    yield name, called
                case ast.Assign(targets=[ast.Name(id=called)], value=value) if called in CALLED and is_text(value):
                    yield name, called
                case ast.AnnAssign(target=ast.Name(id=called), annotation=kind) if called in CALLED:
                    if any(isinstance(part, ast.Name) and part.id == "str" for part in ast.walk(kind)):
                        yield name, called
                case ast.arg(arg=called, annotation=ast.Name(id="str")) if called in CALLED:
                    yield name, called


def test_no_reason_is_a_text() -> None:
    assert set(texts()) - set(TEXTS) == set(), "say it as data in result/reasons, and in words in report/reasons"


def test_every_exception_is_needed() -> None:
    assert set(TEXTS) - set(texts()) == set()


SAID: list[tuple[type[Enum], Callable[[Any], str]]] = [
    (Limited, reason_text),
    (Unsupported, reason_text),
    (Stop, reason_text),
    (Stop, stop_words),
    (Stop, advice),
    (NoRun, reason_text),
    (NotAttempted, reason_text),
    (ForAnyNumber, reason_text),
    (NoAnswer, reason_text),
    (NotFound, unproved_words),
    (Unprovable, unproved_words),
    (Uncounted, unproved_words),
    (Unlike, confirmation_words),
    (NotEncoded, inexpressible_words),
    (Exhausted, detail_text),
    (Untold, unknown_text),
    (Refused, lambda why: headline(TraceNotConfirmed("bmc", NotReplayed(1, why), (0,), more=False))),
    (Overseen, lambda what: headline(ModelDisagreement(what, (), "", ""))),
    (Unpaired, lambda what: headline(ModelDisagreement(what, (), "", ""))),
    (Claimed, lambda what: headline(ModelDisagreement(OtherClaim(what), (), "", ""))),
    (InStep, lambda how: headline(ModelDisagreement(OtherStep(Move(0), how), (), "", ""))),
    (Aspect, lambda what: headline(Inconsistent(OtherAspect("p", what)))),
]


@pytest.mark.parametrize(("kind", "words"), SAID)
def test_each_says_something_else(kind: type[Enum], words: Callable[[Any], str]) -> None:
    said = [words(member) for member in kind]
    assert all(said)
    assert len(set(said)) == len(said)
