"""Explicit exploration: every reachable state of a finite System."""

from modelcheck.engines.explicit.exploration import Exploration, Stop
from modelcheck.engines.explicit.explore import explore
from modelcheck.engines.explicit.machine import InconsistentSystem

__all__ = ["Exploration", "InconsistentSystem", "Stop", "explore"]
