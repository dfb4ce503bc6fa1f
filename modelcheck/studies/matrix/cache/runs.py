"""Whole results, found without parsing: the entry says which files it was made from, and these are compared."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from dataclasses import replace

from modelcheck.ground.diagnostics import SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Source
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.files import read_source
from modelcheck.studies.matrix.cache.cost import Spent, asked, spent, store_of, usable
from modelcheck.studies.matrix.cache.encode import InFiles, Unstorable, decode, encode
from modelcheck.studies.matrix.cache.fingerprint import program_fingerprint
from modelcheck.studies.matrix.model import MatrixResult
from modelcheck.studies.matrix.options import Options


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry: a complete result, and the budget that it took."""

    result: MatrixResult
    spent: Spent


def keep_run(path: str, spec: ast.Spec, result: MatrixResult, options: Options) -> None:
    """Keep a complete result for ``recall_run``. ``path``: as the user gave it; ``spec``: as loaded from there."""
    if (
        options.cache is None
        or not spec.files
        or result.unfinished
        or any(pair.failure or pair.ended or pair.doubted for pair in result.pairs)
    ):
        return
    keep_for_files(key_of("run", path, options), spec, Kept(result, spent(options)), options)


def recall_run(path: str, options: Options) -> MatrixResult | None:
    """Return the result of an earlier run with the same options over the same texts; None if there is none.

    Nothing is parsed: what is wrong with a spec is not found here, for then there is no result.
    """
    if options.cache is None or options.certificate is not None:
        return None
    started = time.perf_counter()
    kept = recall_for_files(key_of("run", path, options), options)
    if not isinstance(kept, Kept):
        return None
    if not usable((cell.verdict for cell in kept.result.cells), kept.spent, options):
        return None
    pairs = tuple(replace(pair, reused=True) for pair in kept.result.pairs)
    return replace(kept.result, pairs=pairs, seconds=time.perf_counter() - started)


def key_of(kind: str, path: str, options: Options, further: str = "") -> str:
    """Return the key of a result of some kind for a path and options, and what else was asked."""
    text = f"{kind}\0{program_fingerprint()}\0{path}\0{os.path.realpath(path)}\0{asked(options)}\0{further}"
    return hashlib.sha256(text.encode()).hexdigest()


def keep_for_files(key: str, spec: ast.Spec, value: object, options: Options) -> None:
    """Keep a value as long as no file of the spec (as loaded) changes. ``options.cache`` is set."""
    with suppress(Unstorable, OSError):
        files = [(source.path, os.path.realpath(source.path), _digest(source)) for source in spec.files]
        content = encode(value, InFiles(spec.files))
        store_of(options).put(key, json.dumps(files).encode() + b"\n" + content)


def recall_for_files(key: str, options: Options) -> object:
    """Return what was kept, in today's texts, if they are what they were; else None."""
    data = store_of(options).get(key)
    if data is None:
        return None
    head, _, content = data.partition(b"\n")
    files = _unchanged(head)
    return None if files is None else decode(content, InFiles(files))


def _unchanged(head: bytes) -> list[Source] | None:
    """The files that an entry was made from, if every one is what it was."""
    try:
        sources = []
        for path, real, digest in json.loads(head):
            source = read_source(path)
            if os.path.realpath(path) != real or _digest(source) != digest:
                return None
            sources.append(source)
    except (SpecError, OSError, ValueError, TypeError):
        return None
    return sources


def _digest(source: Source) -> str:
    return hashlib.sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest()
