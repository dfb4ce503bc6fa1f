"""A hash of a typed model, wherever its lines stand."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from enum import Enum

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed


@dataclass(frozen=True, slots=True)
class Identity:
    """``digest``: equal for models that differ in the places of their lines only. ``spans``: every
    place in the model, in an order that is the same for equal digests."""

    digest: str
    spans: tuple[Span, ...]


def identity(model: typed.Model) -> Identity:
    """Return what tells a model from others. Every field of every node counts, except places in the text."""
    reader = _Reader()
    reader.read(model)
    return Identity(hashlib.sha256("\0".join(reader.words).encode()).hexdigest(), tuple(reader.spans))


class _Reader:
    def __init__(self) -> None:
        self.words: list[str] = []
        self.spans: list[Span] = []
        self._fields: dict[type, tuple[str, ...]] = {}

    def read(self, value: object) -> None:
        match value:
            case Span():
                self.spans.append(value)
            case None | bool() | int() | float() | str():
                self.words.append(f"{type(value).__name__} {value!r}")
            case Enum():
                self.words.append(f"{type(value).__name__}.{value.name}")
            case tuple() | list():
                self.words.append(f"sequence {len(value)}")
                for part in value:
                    self.read(part)
            case frozenset() | set():
                self.words.append(f"set {sorted(map(repr, value))}")
            case Mapping():
                self.words.append(f"mapping {len(value)}")
                for key, part in value.items():
                    self.read(key)
                    self.read(part)
            case _:
                names = self._names(type(value))
                self.words.append(f"{type(value).__name__} {len(names)}")
                for name in names:
                    self.read(getattr(value, name))

    def _names(self, kind: type) -> tuple[str, ...]:
        if kind not in self._fields:
            if not dataclasses.is_dataclass(kind):
                raise TypeError(f"a typed model holds a {kind.__name__}")
            self._fields[kind] = tuple(field.name for field in dataclasses.fields(kind))
        return self._fields[kind]
