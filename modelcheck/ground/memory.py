"""How much memory processes take, and how much more this one may have."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def memory_in_use() -> int:
    """Return the resident memory of this process in bytes (where the system does not tell: its maximum so far)."""
    try:
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return resident * resource.getpagesize()


def memory_of(process: int | None) -> int:
    """Return the resident memory of another process in bytes; 0 if it is gone, or the system does not tell."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def address_space_left() -> int | None:
    """Return how much more memory this process may reserve, in bytes; None if that is not limited
    (``ulimit -v``, ``prlimit --as``) or unknown.
    """
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    try:
        reserved = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return max(0, limit - reserved * resource.getpagesize())


def memory_is_limited() -> bool:
    """Return whether the system refuses this process memory beyond some amount."""
    limits = (resource.getrlimit(which)[0] for which in (resource.RLIMIT_AS, resource.RLIMIT_DATA))
    return any(limit != resource.RLIM_INFINITY for limit in limits)
