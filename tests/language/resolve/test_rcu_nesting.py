"""How deep sections nest, as the text says: each condition taken both ways, over calls and jumps."""

from __future__ import annotations

import pytest

from modelcheck.language.resolve.rcu.nesting import DEEPEST, deepest
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text

#: Code in which `in()` enters and `out()` leaves; the depth that is reached, and that at a call of `here()`.
CASES = {
    "enter(); leave();": (1, 0),
    "enter(); enter(); leave(); here(); leave();": (2, 1),
    "if (x) { enter(); } here(); leave();": (1, 1),
    "if (yes()) { enter(); here(); leave(); }": (1, 1),
    "enter(); if (yes()) { enter(); leave(); } leave();": (2, 0),
    "enter(); nested(); leave(); here();": (2, 0),
    "enter(); if (x && early()) { here(); } leave();": (2, 1),
    "leave(); enter(); leave();": (1, 0),
    "loop { enter(); if (x) { break; } leave(); } here();": (1, 1),
    "loop { enter(); if (x) { continue; } leave(); }": (DEEPEST, 0),
    "while (x) { enter(); leave(); } here();": (1, 0),
    "again: enter(); if (x) { goto again; } here();": (DEEPEST, DEEPEST),
    "enter(); if (x) { goto out; } leave(); return; out: here(); leave();": (1, 1),
    "choose { enter(); } or { } atomic { here(); leave(); }": (1, 1),
    "when (x) { enter(); } or when (!x) { enter(); enter(); } here();": (2, 2),
    "both(); here(); leave();": (1, 1),
}
INLINES = """
inline yes() -> bool { return true; }
inline nested() { enter(); leave(); return; }
inline early() -> bool { enter(); if (x) { leave(); return false; } leave(); return true; }
inline both() { if (x) { enter(); return; } enter(); }
"""


@pytest.mark.parametrize("code", CASES)
def test_the_depth_of_sections(code: str) -> None:
    items = parse_text(f"{INLINES} process p {{ {code} }}", "nest.mc").items
    roots = [item for item in items if isinstance(item, ast.ProcessDecl)]
    codes = {item.name: item for item in items if isinstance(item, ast.InlineDecl)}
    assert deepest(roots, codes, {"enter": 1, "leave": -1}, "here") == CASES[code]
