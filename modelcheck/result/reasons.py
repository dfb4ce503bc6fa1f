"""Why there is no answer, as data."""

from __future__ import annotations

from enum import Enum


class Unsupported(Enum):
    """Why an engine can never answer a question about a property."""

    ANY_NUMBER = "any_number"  # some process runs in any number of instances
    NO_LENGTH = "no_length"  # that an end stays reachable: no run of some length shows that it does not
    NO_INVARIANT = "no_invariant"  # that an end stays reachable: no invariant shows it
