"""All cells of one (variant, scenario), kept under a hash of the texts that take part in it.

What an instance is made of is a function of these texts, so nothing is elaborated to find an entry:
the items of the spec that are in every instance, the edits of the variant and of those it inherits
from, the scenario and those it inherits from. Each with its place, because traces tell lines. What
the spec *expects* takes no part: it is compared anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Source, Span
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.language.variants.lineage import declared, lineage
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.cache.cost import WHICH_CELLS, Spent, asked, spent, store_of, usable
from modelcheck.studies.matrix.cache.encode import InFiles, Unstorable, decode, encode
from modelcheck.studies.matrix.cache.fingerprint import program_fingerprint
from modelcheck.studies.matrix.expectations import Expectations, compare
from modelcheck.studies.matrix.model import Cell, Pair
from modelcheck.studies.matrix.options import Options


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry: a pair without what is expected of it, and the budget that it took."""

    pair: Pair
    spent: Spent


def sources_of(spec: ast.Spec) -> tuple[Source, ...]:
    """Return the files of a loaded spec, the main one first."""
    found = {spec.span.source.path: spec.span.source}
    for item in spec.items:
        found.setdefault(item.span.source.path, item.span.source)
    return tuple(found.values())


class PairKeys:
    """Makes the keys of one run; what all pairs, or all of a variant, have in common is hashed once."""

    def __init__(self, spec: ast.Spec, options: Options) -> None:
        """``spec``: as loaded, before variant edits and overrides."""
        self._spec = spec
        self._known = declared(spec)
        self._common = hashlib.sha256()
        for part in ("pair", program_fingerprint(), spec.span.source.path, asked(options, WHICH_CELLS)):
            self._common.update(part.encode() + b"\0")
        _hash_places(self._common, (item.span for item in spec.items if not isinstance(item, _NOT_COMMON)))
        self._variants: dict[str, tuple[hashlib._Hash, dict[str, ast.ScenarioDecl]]] = {}

    def key(self, variant: str, scenario: str) -> str:
        """Return the key of a pair; both names exist."""
        if variant not in self._variants:
            self._variants[variant] = self._edited(variant)
        hashed, scenarios = self._variants[variant]
        hashed = hashed.copy()
        hashed.update(f"{scenario}\0".encode())
        _hash_places(hashed, (scenarios[name].span for name in _ancestry(scenario, scenarios)))
        return hashed.hexdigest()

    def _edited(self, variant: str) -> tuple[hashlib._Hash, dict[str, ast.ScenarioDecl]]:
        hashed = self._common.copy()
        hashed.update(f"{variant}\0".encode())
        if variant in self._known:
            for declaration in lineage(self._known[variant], self._known, DiagnosticBag()).order:
                _hash_places(hashed, (_heading(declaration), *(edit.span for edit in declaration.edits)))
        edited = pipeline.Loaded(self._spec).edited(variant).spec
        return hashed, {item.name: item for item in edited.items if isinstance(item, ast.ScenarioDecl)}


#: Items that are not in every instance. Of variants and scenarios, those that take part are hashed.
_NOT_COMMON = (ast.VariantDecl, ast.ScenarioDecl, ast.ExpectDecl, ast.ExpectSafeDecl, ast.GroupDecl, ast.AllowDecl)


def _hash_places(hashed: hashlib._Hash, spans: Iterable[Span]) -> None:
    for span in spans:
        hashed.update(f"{span}\0{span.start}\0{span.text}\0".encode())


def _heading(declaration: ast.VariantDecl) -> Span:
    """Name and parents of a variant: its text up to the first brace."""
    end = declaration.span.text.find("{")
    return replace(declaration.span, end=declaration.span.start + max(end, 0))


def _ancestry(scenario: str, scenarios: Mapping[str, ast.ScenarioDecl]) -> Iterator[str]:
    """A scenario and those it inherits from, at any distance, each once."""
    waiting, seen = [scenario], set()
    while waiting:
        name = waiting.pop()
        if name in scenarios and name not in seen:
            seen.add(name)
            yield name
            waiting += reversed(scenarios[name].parents)


def keep_pair(key: str, pair: Pair, options: Options, spec: ast.Spec) -> None:
    """Keep a pair with all its properties, if it may ever be used again. ``options.cache`` is set."""
    if pair.failure or any(cell.verdict is Verdict.ERROR for cell in pair.cells):
        return
    plain = replace(pair, cells=tuple(replace(cell, claim=None) for cell in pair.cells))
    with suppress(Unstorable):
        store_of(options).put(key, encode(Kept(plain, spent(options)), InFiles(sources_of(spec))))


def recall_pair(key: str, options: Options, expected: Expectations, spec: ast.Spec) -> Pair | None:
    """Return the pair under ``key``, compared with what is expected now; None if there is none that
    these options may use.
    """
    data = store_of(options).get(key)
    kept = None if data is None else decode(data, InFiles(sources_of(spec)))
    if not isinstance(kept, Kept) or not usable((cell.verdict for cell in kept.pair.cells), kept.spent, options):
        return None
    return replace(kept.pair, cells=tuple(_claimed(cell, expected) for cell in kept.pair.cells), reused=True)


def _claimed(cell: Cell, expected: Expectations) -> Cell:
    claim = expected.claim(cell.scenario, cell.property_name)
    return replace(cell, claim=claim, outcome=compare(claim, cell.verdict))
