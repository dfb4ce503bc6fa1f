"""What an attempt at a proof says about one property."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a property was proved for every number of instances; ``text``: what the proof rests on, or why there is none."""

    proved: bool
    text: str
    seconds: float = 0.0
