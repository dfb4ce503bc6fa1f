"""Results as bytes and back.

The texts of a spec are not written: places are named, and read back as places in the texts of
today. Reading makes dataclasses and enums of this package and nothing else, whatever the bytes say.
"""

from __future__ import annotations

import dataclasses
import gc
import importlib
import io
import pickle
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, Protocol

from modelcheck.ground.source import BUILT_IN, Source, Span


class Unstorable(Exception):
    """A result speaks of something that will not be the same in a later run."""


class Places(Protocol):
    """How places in texts are written: ``name`` says what to write for a source or a span (None: its parts), or raises
    ``Unstorable``; ``place`` says what that means in the texts of today, or raises ``KeyError``."""

    def name(self, place: Source | Span) -> str | None: ...
    def place(self, name: str) -> Source | Span: ...


class InFiles:
    """Places by file and position: for results that are found by a hash of these files."""

    def __init__(self, files: Iterable[Source]) -> None:
        """``files``: every file of the spec."""
        self._files = {source.path: source for source in files}

    def name(self, place: Source | Span) -> str | None:
        if isinstance(place, Span):
            return None
        # Answers that come from another process speak of its own copy of the source.
        if place.path == BUILT_IN.path and place.text == BUILT_IN.text:
            return ""
        known = self._files.get(place.path)
        if known is None or (known is not place and known.text != place.text):
            raise Unstorable(place.path)
        return f"file:{place.path}"

    def place(self, name: str) -> Source:
        return self._files[name.removeprefix("file:")] if name else BUILT_IN


class InModel:
    """Places by where they occur in a typed model: for results that hold wherever its lines stand."""

    def __init__(self, spans: Sequence[Span]) -> None:
        """``spans``: every place in the model, in an order that depends on the model only."""
        self._spans = spans
        self._numbers = {(span.source.path, span.start, span.end): number for number, span in enumerate(spans)}

    def name(self, place: Source | Span) -> str | None:
        if isinstance(place, Span):
            number = self._numbers.get((place.source.path, place.start, place.end))
            if number is not None:
                return str(number)
            if place.source.path == BUILT_IN.path:
                return None
        elif place.path == BUILT_IN.path:
            return ""
        raise Unstorable(str(place))

    def place(self, name: str) -> Source | Span:
        return self._spans[int(name)] if name else BUILT_IN


def encode(value: object, places: Places) -> bytes:
    """Return ``value`` (dataclasses, enums, tuples and plain values of this package) as bytes.

    Raises ``Unstorable``.
    """
    buffer = io.BytesIO()
    try:
        _Writer(buffer, places).dump(_Shared().share(value))
    except (pickle.PicklingError, RecursionError) as error:
        raise Unstorable(str(error)) from None
    return buffer.getvalue()


def decode(data: bytes, places: Places) -> Any:
    """Return what ``encode`` was given, with its spans in today's texts; None for anything else."""
    collecting = gc.isenabled()
    gc.disable()  # hundreds of thousands of new objects, and none of them garbage
    try:
        return _Reader(io.BytesIO(data), places).load()
    except (
        Exception
    ):  # bytes that nobody has written can fail in any way: with too large a frame, with no memory for it
        return None
    finally:
        if collecting:
            gc.enable()


class _Writer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, places: Places) -> None:
        super().__init__(file, protocol=5)
        self._places = places

    def persistent_id(self, obj: Any) -> str | None:
        kind = type(obj)
        return self._places.name(obj) if kind is Source or kind is Span else None


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, places: Places) -> None:
        super().__init__(file)
        self._places = places

    def persistent_load(self, pid: Any) -> Source | Span:
        return self._places.place(str(pid))

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
