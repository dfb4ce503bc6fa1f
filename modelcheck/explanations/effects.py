"""Explanations of the codes MC4xx: effects, step rules, lints."""

from __future__ import annotations

from modelcheck.explanations.model import Explanation

EXPLANATIONS: tuple[Explanation, ...] = ()
