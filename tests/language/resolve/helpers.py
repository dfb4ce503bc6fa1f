"""Short ways from a text to what resolve makes of it."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.model.trees import below


def model(text: str, scenario: str | None = None, **settings: object) -> typed.Model:
    """Return the typed model of a spec given as text."""
    return instantiate(parse_text(text, "test.mc"), scenario, **settings)[0]  # type: ignore[arg-type]


def process(text: str, scenario: str | None = None) -> typed.Block:
    """Return the body of the first process."""
    return model(text, scenario).processes[0].body


def nodes(root: object) -> Iterator[object]:
    """Yield all typed nodes below ``root``, itself included."""
    return below(root)


def find(root: object, kind: type) -> list[object]:
    """Return the nodes of a kind below ``root``."""
    return [node for node in nodes(root) if isinstance(node, kind)]


def properties(text: str, scenario: str | None = None) -> dict[str, typed.Property]:
    """Return the properties of a spec by name."""
    return {p.name: p for p in model(text, scenario).properties}
