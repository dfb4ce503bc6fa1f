"""A spec and everything that it imports, as one list of items."""

from __future__ import annotations

import os
from pathlib import Path

from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag, Note, SpecError
from modelcheck.ground.source import NOWHERE, Source
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.files import read_source
from modelcheck.language.syntax.parse import parse_source

#: Imports of imports of imports… go no deeper.
MAX_IMPORT_DEPTH = 50
#: What the name of an imported file ends in.
SUFFIX = ".mc"


def load_spec(path: str | Path) -> ast.Spec:
    """Parse the file at ``path`` and the files it imports. Raises ``SpecError`` with the errors of all of them.

    The items of an imported file stand where its ``import`` stood, once, even if several files import it. ``import``
    lines themselves and the ``model`` names of imported files are gone from the result.
    """
    return _load(read_source(path))


def load_text(text: str, path: str) -> ast.Spec:
    """Do the same for a text that is said to be the file ``path`` (its imports are looked up on disk)."""
    return _load(Source(path, text))


def _load(source: Source) -> ast.Spec:
    loader = _Loader()
    loader.file(source, ())
    loader.bag.raise_errors()
    return ast.Spec(tuple(loader.items), tuple(loader.comments), loader.span, tuple(loader.files))


class _Loader:
    """Collects items over the files of one spec; errors of one file do not keep the others from being read."""

    def __init__(self) -> None:
        self.bag = DiagnosticBag()
        self.items: list[ast.Item] = []
        self.comments: list[ast.Comment] = []
        self.files: list[Source] = []
        self._done: set[str] = set()
        self.span = NOWHERE

    def file(self, source: Source, trail: tuple[tuple[str, ast.Import], ...]) -> None:
        """Take in one file; ``trail`` says through which imports it was reached, each with its file's identity."""
        identity = os.path.realpath(source.path)
        self._done.add(identity)
        self.files.append(source)
        try:
            spec = parse_source(source)
        except SpecError as error:
            self.bag.extend(error.diagnostics)
            return
        if not trail:
            self.span = spec.span
        self.comments.extend(spec.comments)
        for item in spec.items:
            if isinstance(item, ast.Import):
                self._import(item, source, identity, trail)
            elif not (isinstance(item, ast.ModelName) and trail):
                self.items.append(item)

    def _import(
        self, item: ast.Import, source: Source, identity: str, trail: tuple[tuple[str, ast.Import], ...]
    ) -> None:
        path = os.path.join(os.path.dirname(source.path), item.path)
        target = os.path.realpath(path)
        if not item.path.endswith(SUFFIX) or not target.endswith(SUFFIX):
            # It is not even looked at: an error message would show what is in it.
            note = Note("what is imported is a spec, under its own name and behind links as well")
            self.bag.error("MC043", f"the name of an imported file ends in `{SUFFIX}`", item.span, [note])
            return
        here = (*trail, (identity, item))
        for position, (importer, _) in enumerate(here):
            if importer == target:
                self._cycle(here[position:])
                return
        if target in self._done:
            return
        if len(here) > MAX_IMPORT_DEPTH:
            self.bag.error("MC042", f"imports nest deeper than {MAX_IMPORT_DEPTH} files", item.span)
            return
        try:
            imported = read_source(path)
        except SpecError as error:
            self._unreadable(item, target, error.diagnostics[0])
            return
        self.file(imported, here)

    def _unreadable(self, item: ast.Import, target: str, reason: Diagnostic) -> None:
        self._done.add(target)
        notes = () if reason.span is None else (Note("here", reason.span),)
        look = Note("an import is looked up next to the file that imports it")
        self.bag.error("MC040", f"cannot import: {reason.message}", item.span, (*notes, look))

    def _cycle(self, trail: tuple[tuple[str, ast.Import], ...]) -> None:
        """Report a cycle at the import that closes it; ``trail`` holds the imports of the cycle in order."""
        closing = trail[-1][1]
        if len(trail) == 1:
            self.bag.error("MC041", "this file imports itself", closing.span)
            return
        notes = [Note(f"`{item.span.source.path}` imports `{item.path}`", item.span) for _, item in trail[:-1]]
        first = trail[0][1].span.source.path
        self.bag.error("MC041", f"this import closes a cycle: it leads back to `{first}`", closing.span, notes)
