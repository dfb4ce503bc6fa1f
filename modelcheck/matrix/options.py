"""What the user asked for, as far as it concerns checking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Engine = Literal["auto", "explicit", "native", "bmc"]


@dataclass(frozen=True, slots=True)
class Options:
    """``seconds`` and ``memory`` (bytes) are for one scenario of one variant. ``variants``, ``scenarios``, ``properties``: empty
    means all. ``overrides``: (param or unknown, value as written). ``jobs``: scenarios checked at the same time; 0 checks in this process. ``strict``: a green cell that a
    fault cuts short is not green. ``certificate``: the directory for those of proofs. ``cache``: the directory of results to reuse and to keep; None for neither.
    """

    variants: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    engine: Engine = "auto"
    seconds: float | None = None
    memory: int | None = None
    overrides: tuple[tuple[str, str], ...] = ()
    slow: bool = False
    jobs: int = 2
    strict: bool = False
    certificate: str | None = None
    cache: str | None = None
