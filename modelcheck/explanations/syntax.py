"""Explanations of the codes MC001-MC099: files, encoding, lexing, syntax, imports."""

from __future__ import annotations

from modelcheck.explanations.model import Explanation

EXPLANATIONS: tuple[Explanation, ...] = ()
