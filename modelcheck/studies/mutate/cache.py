"""What earlier runs have found out about mutants.

Two kinds of entries in the store of results. A whole **run**, as long as no text changes. And what
one **scenario** says of one mutant, under hashes of the two typed models, of what the properties say
of the design there and of what is expected: wherever lines stand. So after an edit only those
mutants are checked anew, in those scenarios, whose model the edit has changed, or the design's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from modelcheck.ground.records import dataclass
from modelcheck.language.syntax import ast
from modelcheck.studies.matrix.cache.cost import WHICH_CELLS, asked, store_of
from modelcheck.studies.matrix.cache.fingerprint import program_fingerprint
from modelcheck.studies.matrix.cache.runs import keep_for_files, key_of, recall_for_files
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.mutate.alike import Difference, Kind
from modelcheck.studies.mutate.model import Kill, MutationResult, Notice, Outcome
from modelcheck.studies.mutate.original import Scenario


@dataclass(frozen=True, slots=True)
class Looked:
    """What one scenario says of a mutant that it does not kill. ``otherwise``: properties that do not
    say what they said; ``lengths``: those that say it at another length.
    """

    otherwise: tuple[str, ...]
    lengths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """How a mutant differs from the design in one scenario: ``first``: the first difference, if there
    is one; ``unseen``: it is one in steps that nobody sees.
    """

    first: Difference | None
    unseen: bool


class Known:
    """The entries about the mutants of one design. Without a cache in the options there are none."""

    def __init__(self, options: Options) -> None:
        self._store = None if options.cache is None else store_of(options)
        self._asked = f"{program_fingerprint()}\0{asked(options, WHICH_CELLS)}" if self._store is not None else ""

    def look(self, scenario: Scenario, digest: str) -> Kill | Looked | None:
        """Return what is known of a mutant whose model has this digest."""
        match self._get("look", scenario, digest):
            case {"kill": [str(name), bool(builtin), str(notice), length]} if length is None or isinstance(length, int):
                return Kill(scenario.name, name, builtin, Notice(notice), length)
            case {"otherwise": list(names), "lengths": list(others)}:
                return Looked(tuple(map(str, names)), tuple(map(str, others)))
        return None

    def keep_look(self, scenario: Scenario, digest: str, found: Kill | Looked) -> None:
        """Keep what was found."""
        if isinstance(found, Kill):
            value: object = {"kill": [found.property_name, found.builtin, found.notice.value, found.length]}
        else:
            value = {"otherwise": list(found.otherwise), "lengths": list(found.lengths)}
        self._put("look", scenario, digest, value)

    def compared(self, scenario: Scenario, digest: str) -> Compared | None:
        """Return how a mutant whose model has this digest differs; None if nothing is known."""
        match self._get("compared", scenario, digest):
            case {"first": None, "unseen": bool(unseen)}:
                return Compared(None, unseen)
            case {"first": [str(kind), int(length), list(names)], "unseen": bool(unseen)}:
                return Compared(Difference(Kind(kind), length, tuple(map(str, names))), unseen)
        return None

    def keep_compared(self, scenario: Scenario, digest: str, found: Compared) -> None:
        """Keep how it differs."""
        first = found.first
        told = None if first is None else [first.kind.value, first.length, list(first.names)]
        self._put("compared", scenario, digest, {"first": told, "unseen": found.unseen})

    def _get(self, kind: str, scenario: Scenario, digest: str) -> object:
        data = None if self._store is None else self._store.get(self._key(kind, scenario, digest))
        try:
            return None if data is None else json.loads(data)
        except ValueError:
            return None

    def _put(self, kind: str, scenario: Scenario, digest: str, value: object) -> None:
        if self._store is not None:
            self._store.put(self._key(kind, scenario, digest), json.dumps(value).encode())

    def _key(self, kind: str, scenario: Scenario, digest: str) -> str:
        text = f"mutant {kind}\0{self._asked}\0{scenario.digest}\0{digest}\0{_expected(scenario)}"
        return hashlib.sha256(text.encode()).hexdigest()


def _expected(scenario: Scenario) -> str:
    """What properties say of the design, and what is expected of them, wherever that stands."""
    return repr(
        [
            (
                name,
                said.verdict.value,
                said.outcome.value,
                said.length,
                None
                if said.claim is None
                else (said.claim.expectation.value, said.claim.named, said.claim.property_named),
            )
            for name, said in sorted(scenario.said.items())
        ]
    )


def keep_run(
    path: str, spec: ast.Spec, result: MutationResult, options: Options, wanted: Sequence[Sequence[str]]
) -> None:
    """Keep a complete result in which everything is decided. ``wanted``: names of operators and mutants."""
    if options.cache is not None and spec.files and result.complete and not result.of(Outcome.UNDECIDED):
        keep_for_files(_run_key(path, options, result.variant, wanted), spec, result, options)


def recall_run(path: str, variant: str, options: Options, wanted: Sequence[Sequence[str]]) -> MutationResult | None:
    """Return the result of an earlier run over the same texts that asked for the same; None if there is none."""
    if options.cache is None:
        return None
    kept = recall_for_files(_run_key(path, options, variant, wanted), options)
    if not isinstance(kept, MutationResult):
        return None
    return replace(kept, judged=tuple(replace(one, reused=True) for one in kept.judged))


def _run_key(path: str, options: Options, variant: str, wanted: Sequence[Sequence[str]]) -> str:
    return key_of("mutants", path, options, repr((variant, [list(names) for names in wanted])))
