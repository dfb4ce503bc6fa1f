"""The table of lock kinds: every kind has a row, a word in the grammar, and spellings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import modelcheck
from modelcheck.model.kernel import PRIMITIVES, LockCall
from modelcheck.model.locks import LOCKS, LockKind, LockOperator, LockState

GRAMMAR = Path(modelcheck.__file__).parent.parent / "grammar" / "modelcheck.lark"


def test_the_grammar_knows_the_kinds_of_the_table() -> None:
    rule = re.search(r"^_lock_kind: (.*)$", GRAMMAR.read_text(encoding="utf-8"), re.MULTILINE)
    assert rule is not None
    assert set(re.findall(r'"(\w+)"', rule.group(1))) == {kind.value for kind in LockKind if kind.written}


def test_every_kind_has_a_row() -> None:
    assert set(LOCKS) == set(LockKind)


@pytest.mark.parametrize("kind", LockKind)
def test_every_operation_of_a_kind_has_a_spelling(kind: LockKind) -> None:
    calls = [call for call in PRIMITIVES.values() if isinstance(call, LockCall) and kind in call.kinds]
    assert {call.operator for call in calls} == kind.facts.operators


@pytest.mark.parametrize("kind", LockKind)
def test_what_the_facts_of_a_kind_imply(kind: LockKind) -> None:
    facts = kind.facts
    assert facts.sleeping <= facts.operators
    assert all(operator.waits for operator in facts.sleeping)
    assert not (facts.spins and facts.sleeping), "who spins does not sleep"
    assert facts.held or not facts.owned, "what nobody holds nobody owns"
    assert (LockOperator.READ_TRYLOCK in facts.operators) == (facts.state is LockState.READERS)
    assert not (facts.written and not kind.written), "a section has no writer"


def test_an_operation_waits_or_tries_or_does_neither() -> None:
    assert not [operator for operator in LockOperator if operator.waits and operator.tries]
