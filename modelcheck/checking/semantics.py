"""The two implementations of the language, as engines are given them."""

from __future__ import annotations

from modelcheck.engines.semantics import Semantics
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.interpreter import Interpreter

SEMANTICS = Semantics(elaborate, Interpreter)
