"""Results as bytes and back.

The texts of a spec are not written: a span says which source it is in, and is read back as a place in today's source of that
path, whose text the key of the entry has compared already. Reading makes dataclasses and enums of this package and nothing
else, whatever the bytes say.
"""

from __future__ import annotations

import dataclasses
import importlib
import io
import pickle
from collections.abc import Iterable
from enum import Enum
from typing import Any

from modelcheck.source import BUILT_IN, Source


class Unstorable(Exception):
    """A result speaks of something that will not be the same in a later run."""


def encode(value: object, sources: Iterable[Source]) -> bytes:
    """Return ``value`` (dataclasses, enums, tuples and plain values of this package) as bytes.

    ``sources``: every file of the spec. Raises ``Unstorable`` if there is a span in another source.
    """
    buffer = io.BytesIO()
    _Writer(buffer, sources).dump(_Shared().share(value))
    return buffer.getvalue()


def decode(data: bytes, sources: Iterable[Source]) -> Any:
    """Return what ``encode`` was given, with its spans in ``sources``. Raises ``pickle.UnpicklingError`` for anything else."""
    try:
        return _Reader(io.BytesIO(data), sources).load()
    except (AttributeError, EOFError, ImportError, IndexError, KeyError, TypeError, ValueError) as error:
        raise pickle.UnpicklingError(str(error)) from None


class _Writer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, sources: Iterable[Source]) -> None:
        super().__init__(file, protocol=5)
        self._texts = {source.path: source.text for source in sources}
        self._known: dict[int, tuple[Source, str]] = {}

    def persistent_id(self, obj: Any) -> str | None:
        if type(obj) is not Source:
            return None
        known = self._known.get(id(obj))
        if known is None:
            # Answers that come from another process speak of its own copy of the source.
            if obj.path == BUILT_IN.path and obj.text == BUILT_IN.text:
                known = (obj, "")
            elif self._texts.get(obj.path) == obj.text:
                known = (obj, f"file:{obj.path}")
            else:
                raise Unstorable(obj.path)
            self._known[id(obj)] = known
        return known[1]


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, sources: Iterable[Source]) -> None:
        super().__init__(file)
        self._sources = {f"file:{source.path}": source for source in sources} | {"": BUILT_IN}

    def persistent_load(self, pid: Any) -> Source:
        return self._sources[pid]

    def find_class(self, module_name: str, global_name: str) -> Any:
        if module_name.startswith("modelcheck.") and "." not in global_name:
            found = getattr(importlib.import_module(module_name), global_name)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is no part of a result")


class _Shared:
    """Makes equal parts one object: the traces of a run have most of their steps, values and places in common."""

    def __init__(self) -> None:
        self._one: dict[object, object] = {}
        self._done: dict[int, tuple[object, object]] = {}
        self._sources: dict[tuple[str, str], Source] = {}

    def share(self, value: object) -> object:
        """Return ``value`` with equal parts replaced by one of them."""
        if value is None or isinstance(value, str | int | float | Enum):
            return value
        done = self._done.get(id(value))
        if done is None:
            # The original is kept alive: its identity must not pass to another object.
            done = self._done[id(value)] = (value, self._shared(value))
        return done[1]

    def _shared(self, value: Any) -> object:
        if type(value) is Source:
            return self._sources.setdefault((value.path, value.text), value)
        if type(value) is tuple:
            parts = tuple(self.share(part) for part in value)
            return self._one.setdefault((tuple, *map(_mark, parts)), parts)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in dataclasses.fields(value)]
            old = [getattr(value, name) for name in names]
            new = [self.share(part) for part in old]
            key = (type(value), *map(_mark, new))
            if key not in self._one:
                same = all(before is after for before, after in zip(old, new, strict=True))
                self._one[key] = value if same else type(value)(*new)
            return self._one[key]
        return value


def _mark(part: object) -> object:
    """What tells a shared part from others: its value, or of what is shared itself, which object it is."""
    return (type(part), part) if part is None or isinstance(part, str | int | float) else id(part)
