"""The table of atomic operations: each is known to both semantics and has a spelling in the kernel."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import modelcheck
from modelcheck.model.atomics import ATOMICS, Yields
from modelcheck.model.kernel import PRIMITIVES, AtomicCall

SEMANTICS = Path(modelcheck.__file__).parent / "semantics"


@pytest.mark.parametrize("module", ["interpreter/compiler/atomics.py", "elaborate/operations/atomics.py"])
def test_each_semantics_knows_every_operation_and_no_other(module: str) -> None:
    tree = ast.parse((SEMANTICS / module).read_text(encoding="utf-8"))
    cases = [
        node for node in ast.walk(tree) if isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Constant)
    ]
    names = {node.value.value for node in cases if isinstance(node.value, ast.Constant)}
    assert names | {"read"} == set(ATOMICS)


@pytest.mark.parametrize("name", ATOMICS)
def test_what_the_kernel_has_can_be_spelled_as_there(name: str) -> None:
    spelled = {call.arguments for call in PRIMITIVES.values() if isinstance(call, AtomicCall) and call.operator == name}
    facts = ATOMICS[name]
    if facts.ghost:
        assert not spelled
        return
    call = PRIMITIVES[f"atomic_{name}"]
    assert isinstance(call, AtomicCall)
    assert call.arguments.count("a") == 1
    assert call.arguments.count("n") == facts.arguments
    assert call.arguments.startswith("n") is facts.number_first


def test_what_can_fail_says_whether_it_did() -> None:
    assert not [name for name, facts in ATOMICS.items() if facts.can_fail and facts.yields is Yields.NOTHING]
