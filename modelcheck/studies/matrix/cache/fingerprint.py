"""What a result depends on besides the spec: this program, and what computes for it."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from functools import lru_cache
from io import FileIO
from pathlib import Path

#: Distributions whose version may change a verdict, a trace, or the words of either.
_DISTRIBUTIONS = ("lark", "z3-solver", "cvc5", "llvmlite", "numpy")


@lru_cache(maxsize=1)
def program_fingerprint() -> str:
    """Return a hash of every file of this package, the grammar, and the versions of Python and of what computes.

    A version number would not do: it stays the same while the program is being worked on.
    """
    package = Path(__file__).resolve().parents[3]
    hashed = hashlib.blake2b(digest_size=32)
    for part in (sys.version, platform.machine(), *_versions()):
        hashed.update(part.encode() + b"\0")
    grammar = package.parent / "grammar" / "modelcheck.lark"  # in an installed package it is among the files below
    if grammar.is_file():
        hashed.update(grammar.read_bytes())
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        inside = os.path.relpath(folder, package)
        for name in sorted(names):
            with FileIO(f"{folder}{os.sep}{name}") as file:  # (six hundred of them: a buffer for each takes longer)
                hashed.update(f"{inside}{os.sep}{name}\0".encode() + file.readall() + b"\0")
    return hashed.hexdigest()


def _versions() -> list[str]:
    """``name-version`` of the distributions as their directories are named: asking the usual way
    takes a tenth of a second.
    """
    wanted = tuple(name.replace("-", "_") + "-" for name in _DISTRIBUTIONS)
    found = set()
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        found |= {name for name in names if name.endswith("-info") and name.lower().startswith(wanted)}
    return sorted(found)
