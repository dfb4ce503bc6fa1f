"""Explanations of the codes MC3xx: variants."""

from __future__ import annotations

from modelcheck.explanations.model import Explanation

EXPLANATIONS: tuple[Explanation, ...] = ()
