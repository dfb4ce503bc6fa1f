"""Explicit exploration: every reachable state of a finite System."""

from modelcheck.engines.explicit.exploration import Exploration, Stop
from modelcheck.engines.explicit.machine import InconsistentSystem
from modelcheck.engines.explicit.search import explore

__all__ = ["Exploration", "InconsistentSystem", "Stop", "explore"]
