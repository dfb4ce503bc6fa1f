"""The visitor of syntax trees, every node below another one, whatever its kind; and their mapper."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from types import MappingProxyType

from modelcheck.ground.source import Span
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


def mapped(node: object, change: Callable[[object], object], span: Span | None = None) -> object:
    """Return the node (of a tuple: its members) made anew from the bottom up, each one as ``change`` returns it.

    ``span``: where all of it is then, if it is not to be where it was.
    """
    if isinstance(node, tuple):
        return tuple(mapped(part, change, span) for part in node)
    names = FIELDS.get(type(node))
    if names is None:
        return node
    parts = {name: mapped(getattr(node, name), change, span) for name in names if name != "span"}
    if span is not None:
        parts["span"] = span
    return change(dataclasses.replace(node, **parts))  # type: ignore[type-var]


def mentions(spec: ast.Spec, words: Iterable[str]) -> bool:
    """Return whether the text that ``spec`` comes from has one of the words: a cheap way to see that
    there is nothing to look for.
    """
    sources = {span.source for span in (spec.span, *(item.span for item in spec.items))}
    return any(word in source.text for source in sources for word in words)
