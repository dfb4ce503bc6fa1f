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
    known = InFiles(spec.files)
    with suppress(Unstorable, OSError):
        files = [(source.path, os.path.realpath(source.path), _digest(source)) for source in spec.files]
        content = encode(Kept(result, spent(options)), known)
        store_of(options).put(_key(path, options), json.dumps(files).encode() + b"\n" + content)


def recall_run(path: str, options: Options) -> MatrixResult | None:
    """Return the result of an earlier run with the same options over the same texts; None if there is none.

    Nothing is parsed: what is wrong with a spec is not found here, for then there is no result.
    """
    if options.cache is None or options.certificate is not None:
        return None
    started = time.perf_counter()
    data = store_of(options).get(_key(path, options))
    if data is None:
        return None
    head, _, content = data.partition(b"\n")
    files = _unchanged(head)
    kept = None if files is None else decode(content, InFiles(files))
    if not isinstance(kept, Kept):
        return None
    if not usable((cell.verdict for cell in kept.result.cells), kept.spent, options):
        return None
    pairs = tuple(replace(pair, reused=True) for pair in kept.result.pairs)
    return replace(kept.result, pairs=pairs, seconds=time.perf_counter() - started)


def _key(path: str, options: Options) -> str:
    text = f"run\0{program_fingerprint()}\0{path}\0{os.path.realpath(path)}\0{asked(options)}"
    return hashlib.sha256(text.encode()).hexdigest()


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
