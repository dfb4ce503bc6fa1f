"""Explanations of the codes MC5xx: engines and the command line."""

from __future__ import annotations

from modelcheck.explanations.model import Explanation

EXPLANATIONS: tuple[Explanation, ...] = ()
