"""An unfinished exploration on disk: the states found before a level is begun, and what was found out about them.

The file: a line that says what it is, a header as JSON in one line, the words of the states as the
machine writes them, and a BLAKE2 hash of all that. It is written aside and renamed, so there is a
whole one or none. Whoever resumes compares the fingerprint of the code that the header names: a
checkpoint of another model, variant, scenario or version of this program is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from modelcheck.engines.native.storage.storage import Storage
from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.files import open_file
from modelcheck.ground.records import dataclass

_MAGIC = b"modelcheck checkpoint 1\n"
_HASH = 32
#: States are read and written in pieces of this many words.
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where an exploration stands between two levels.

    ``count``: states found; ``begin``: the number of the first one that is not expanded;
    ``levels``, ``unreduced``: for each level the states before it, visited and with all of each
    orbit counted; ``least``: the notes (see ``findings``); ``seen``: places in the context where
    something was seen; ``cells``: sums over all threads, by number of the cell.
    """

    count: int
    begin: int
    levels: tuple[int, ...]
    unreduced: tuple[int, ...]
    least: Mapping[int, tuple[int, tuple[int, ...]]]
    seen: tuple[int, ...]
    cells: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Header:
    """``fingerprint``: of the model; ``what``: its names, for messages; ``words``: of a state;
    ``widths``: bits of unbounded variables, by id.
    """

    fingerprint: str
    what: str
    words: int
    widths: Mapping[int, int]
    snapshot: Snapshot


def fingerprint_of(assembly: str, about: str) -> str:
    """Return a hash of the code that a model was compiled to, and of what else decides what its results mean."""
    return hashlib.blake2b(f"{about}\0{sys.byteorder}\0{assembly}".encode(), digest_size=_HASH).hexdigest()


def write_checkpoint(path: Path, header: Header, storage: Storage) -> None:
    """Write the states of a snapshot and all that belongs to them. Raises ``OSError``."""
    target = path.resolve()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            hashed = hashlib.blake2b(digest_size=_HASH)

            def write(part: Any) -> None:
                hashed.update(part)
                file.write(part)

            write(_MAGIC)
            write(json.dumps(_to_json(header)).encode() + b"\n")
            left, position = header.snapshot.count * header.words, 0
            while position < left:
                length = min(_PIECE, left - position)
                write(storage.raw(position, length).tobytes())
                position += length
            file.write(hashed.digest())
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def read_header(path: Path) -> Header:
    """Read what a checkpoint is about, and make sure that all of it is as it was written.

    Raises ``SpecError`` (MC534) if it is not.
    """
    try:
        with open_file(path) as file:
            if file.readline(len(_MAGIC)) != _MAGIC:
                raise _refusal("MC534", f"{path} is no checkpoint of this version of modelcheck")
            _check_hash(path, file)
            file.seek(len(_MAGIC))
            return _from_json(json.loads(file.readline()))
    except OSError as error:
        raise _refusal("MC534", f"cannot read {path}: {error.strerror or error}") from None


def _check_hash(path: Path, file: BinaryIO) -> None:
    left = os.fstat(file.fileno()).st_size - _HASH
    file.seek(0)
    hashed = hashlib.blake2b(digest_size=_HASH)
    while left > 0 and (part := file.read(min(left, _PIECE * 8))):
        hashed.update(part)
        left -= len(part)
    if left or file.read() != hashed.digest():
        raise _refusal("MC534", f"{path} is damaged")


def read_states(path: Path, header: Header, storage: Storage) -> None:
    """Read the states into ``storage``, which has room for them.

    Raises ``SpecError`` (MC534) if the file cannot be read.
    """
    left, position = header.snapshot.count * header.words, 0
    try:
        with open_file(path) as file:
            file.readline()
            file.readline()
            while position < left:
                length = min(_PIECE, left - position)
                if file.readinto(memoryview(storage.raw(position, length)).cast("B")) != length * 8:
                    raise _refusal("MC534", f"{path} is damaged")
                position += length
    except OSError as error:
        raise _refusal("MC534", f"cannot read {path}: {error.strerror or error}") from None


def check_fingerprint(path: Path, header: Header, fingerprint: str, what: str) -> None:
    """Raise ``SpecError`` (MC534) if the checkpoint is of something else."""
    if header.fingerprint == fingerprint:
        return
    message = f"{path} is a checkpoint of {header.what}"
    if header.what == what:
        message += " as it was then: the model, the options or modelcheck itself have changed"
    else:
        message += f", not of {what}"
    raise _refusal("MC534", message)


def _refusal(code: str, message: str) -> SpecError:
    return SpecError([Diagnostic(code, Severity.ERROR, message, None)])


def _to_json(header: Header) -> dict[str, Any]:
    snapshot = header.snapshot
    return {
        "fingerprint": header.fingerprint,
        "what": header.what,
        "words": header.words,
        "widths": [[variable, width] for variable, width in header.widths.items()],
        "count": snapshot.count,
        "begin": snapshot.begin,
        "levels": list(snapshot.levels),
        "unreduced": list(snapshot.unreduced),
        "least": [[place, level, list(words)] for place, (level, words) in snapshot.least.items()],
        "seen": list(snapshot.seen),
        "cells": [[cell, value] for cell, value in snapshot.cells.items()],
    }


def _from_json(data: dict[str, Any]) -> Header:
    snapshot = Snapshot(
        count=int(data["count"]),
        begin=int(data["begin"]),
        levels=tuple(int(first) for first in data["levels"]),
        unreduced=tuple(int(first) for first in data["unreduced"]),
        least={int(place): (int(level), tuple(int(word) for word in words)) for place, level, words in data["least"]},
        seen=tuple(int(place) for place in data["seen"]),
        cells={int(cell): int(value) for cell, value in data["cells"]},
    )
    widths = {int(variable): int(width) for variable, width in data["widths"]}
    return Header(str(data["fingerprint"]), str(data["what"]), int(data["words"]), widths, snapshot)
