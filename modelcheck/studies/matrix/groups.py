"""Scenario groups: ``group truncating = truncate, evict;`` stands for its members in ``expect`` lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.suggest import missing
from modelcheck.language.syntax import ast


def expand_groups(spec: ast.Spec, bag: DiagnosticBag) -> ast.Spec:
    """Return the spec with groups replaced by their members in all ``expect`` lines, and without group items.

    Reports a group that has the name of a scenario or of another group (MC323), members that do not
    exist (MC320) and groups that contain themselves (MC324).
    """
    declarations = [item for item in spec.items if isinstance(item, ast.GroupDecl)]
    if not declarations:
        return spec
    scenarios = {item.name for item in spec.items if isinstance(item, ast.ScenarioDecl)}
    by_name: dict[str, ast.GroupDecl] = {}
    for declaration in declarations:
        if declaration.name in scenarios:
            bag.error("MC323", f"`{declaration.name}` is a scenario already", declaration.span)
        elif declaration.name in by_name:
            other = Note("the first one", by_name[declaration.name].span)
            bag.error("MC323", f"`{declaration.name}` is a group already", declaration.span, [other])
        else:
            by_name[declaration.name] = declaration
    members = {name: _members(name, by_name, scenarios, bag, ()) for name in by_name}
    items = tuple(_expand_item(item, members) for item in spec.items if not isinstance(item, ast.GroupDecl))
    return replace(spec, items=items)


def _members(
    name: str,
    groups: Mapping[str, ast.GroupDecl],
    scenarios: set[str],
    bag: DiagnosticBag,
    path: tuple[str, ...],
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for member in groups[name].members:
        if member in scenarios:
            found[member] = None
        elif member in (*path, name):
            bag.error("MC324", f"group `{member}` contains itself", groups[name].span)
        elif member in groups:
            found.update(dict.fromkeys(_members(member, groups, scenarios, bag, (*path, name))))
        else:
            known = [*scenarios, *groups]
            message = f"there is no scenario or group `{member}`"
            bag.add(missing("MC320", message, member, known, groups[name].span))
    return tuple(found)


def _expand_item(item: ast.Item, groups: Mapping[str, tuple[str, ...]]) -> ast.Item:
    if isinstance(item, ast.ExpectDecl | ast.ExpectSafeDecl):
        return _expand_expect(item, groups)
    if isinstance(item, ast.VariantDecl):
        return replace(item, expects=tuple(_expand_expect(line, groups) for line in item.expects))
    return item


def _expand_expect(
    line: ast.ExpectDecl | ast.ExpectSafeDecl, groups: Mapping[str, tuple[str, ...]]
) -> ast.ExpectDecl | ast.ExpectSafeDecl:
    exceptions = tuple(_expand_entry(e, groups) for e in line.exceptions)
    match line:
        case ast.ExpectDecl(entry=entry):
            return replace(line, entry=_expand_entry(entry, groups), exceptions=exceptions)
        case ast.ExpectSafeDecl():
            return replace(line, exceptions=exceptions)
        case _:
            assert_never(line)


def _expand_entry(entry: ast.ExpectEntry, groups: Mapping[str, tuple[str, ...]]) -> ast.ExpectEntry:
    names: dict[str, None] = {}
    for name in entry.scenarios:
        names.update(dict.fromkeys(groups.get(name, (name,))))
    return replace(entry, scenarios=tuple(names))
