"""Names, types, effects: from the surface tree after variant edits to the typed tree of one scenario."""

from __future__ import annotations

from modelcheck.resolve.resolve import check, instantiate, scenarios
from modelcheck.resolve.scenarios import ScenarioInfo

__all__ = ["ScenarioInfo", "check", "instantiate", "scenarios"]
