"""Explicit exploration: every reachable state of a finite System."""

from modelcheck.engines.explicit.machine import InconsistentSystem
from modelcheck.engines.explicit.search import explore
from modelcheck.result.exploration import Exploration
from modelcheck.result.reasons.stops import Stop

__all__ = ["Exploration", "InconsistentSystem", "Stop", "explore"]
