"""A spec and everything that it imports, as one list of items."""

from __future__ import annotations

from pathlib import Path

from modelcheck.syntax.ast import Spec
from modelcheck.syntax.parse import parse_file


def load_spec(path: str | Path) -> Spec:
    """Parse the file at ``path`` and the files it imports. Raises ``SpecError``."""
    return parse_file(path)
