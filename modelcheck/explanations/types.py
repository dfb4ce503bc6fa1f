"""Explanations of the codes MC2xx: types."""

from __future__ import annotations

from modelcheck.explanations.model import Explanation

EXPLANATIONS: tuple[Explanation, ...] = ()
