"""The long text of every diagnostic code: what it means, a wrong and a corrected example (``modelcheck explain``).

One module per phase; each exports a tuple ``EXPLANATIONS``. A test checks that every code used in the
package is explained here, and that no code is explained twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelcheck.report.explanations import effects, engines, names, syntax, types, vacuity, variants
from modelcheck.report.explanations.model import Explanation

__all__ = ["EXPLANATIONS", "Explanation"]

EXPLANATIONS: Mapping[str, Explanation] = MappingProxyType(
    {
        explanation.code: explanation
        for module in (syntax, names, types, variants, effects, vacuity, engines)
        for explanation in module.EXPLANATIONS
    }
)
