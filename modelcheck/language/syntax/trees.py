"""The visitor of syntax trees: every node below another one, whatever its kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterator, Mapping
from types import MappingProxyType

from modelcheck.language.syntax import ast

#: Every kind of node with its fields.
FIELDS: Mapping[type, tuple[str, ...]] = MappingProxyType(
    {
        kind: tuple(field.name for field in dataclasses.fields(kind))
        for kind in vars(ast).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__.startswith(f"{ast.__name__}.")
    }
)


def below(root: object, without: Container[int] = ()) -> Iterator[object]:
    """Yield ``root`` (or, of a tuple, its members) and all nodes below, in the order of the text;
    none with an ``id`` in ``without``.
    """
    stack = [root]
    while stack:
        node = stack.pop()
        if type(node) is tuple:
            stack.extend(reversed(node))
            continue
        fields = FIELDS.get(type(node))
        if fields is None or id(node) in without:
            continue
        yield node
        stack.extend([getattr(node, name) for name in reversed(fields)])
