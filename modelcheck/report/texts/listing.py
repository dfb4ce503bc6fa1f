"""``modelcheck list``: what a spec declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from modelcheck.ground.source import Span
from modelcheck.ground.version import VERSION
from modelcheck.language import pipeline, variants
from modelcheck.language.resolve.scenarios import ScenarioInfo
from modelcheck.language.syntax import ast
from modelcheck.report.words import plural, wrapped


def listing_text(spec: ast.Spec, path: str, width: int = 80) -> str:
    """Return designs, scenarios, processes, properties and what bounds the model, each with its place in the text."""
    name = pipeline.model_name(spec)
    lines = [f"{path}: model {name}" if name else path]
    designs = [(row.name, _variant_text(row)) for row in variants.names(spec)]
    lines += _section("designs", designs, width)
    patches = [
        (item.name, item.description or "") for item in spec.items if isinstance(item, ast.VariantDecl) and item.patch
    ]
    lines += _section("patches (no designs of their own)", patches, width)
    scenarios = [(info.name, _scenario_text(info)) for info in pipeline.Loaded(spec).base.scenarios]
    lines += _section("scenarios", scenarios, width)
    groups = [(item.name, ", ".join(item.members)) for item in spec.items if isinstance(item, ast.GroupDecl)]
    lines += _section("groups of scenarios", groups, width)
    processes = [
        (item.name, f"line {item.span.line}" + (", a server: part of every scenario" if item.server else ""))
        for item in spec.items
        if isinstance(item, ast.ProcessDecl)
    ]
    lines += _section("processes", processes, width)
    lines += _section("properties", _properties(spec), width)
    lines += _section("what bounds the model", _bounds(spec), width)
    kinds = ", ".join(pipeline.OBLIGATION_KINDS)
    lines += ["", *wrapped(f"Checked without being asked for, where they can occur: {kinds}.", width)]
    return "\n".join(lines) + "\n"


def listing_json(spec: ast.Spec, path: str) -> dict[str, Any]:
    """Return the same as a document (docs/schemas/list.json). Raises ``SpecError``."""
    declared = [item for item in spec.items if isinstance(item, ast.VariantDecl)]
    return {
        "schema": "modelcheck.list/1",
        "modelcheck": VERSION,
        "spec": path,
        "model": pipeline.model_name(spec),
        "variants": [
            {"name": variants.BASE, "description": "", "parents": [], "patch": False, "file": None, "line": None},
            *(
                {
                    "name": item.name,
                    "description": item.description or "",
                    "parents": list(item.parents),
                    "patch": item.patch,
                    **_place(item.span),
                }
                for item in declared
            ),
        ],
        "scenarios": [
            {
                "name": info.name,
                "description": info.description or "",
                "slow": info.slow,
                "processes": dict(info.runs),
            }
            for info in pipeline.Loaded(spec).base.scenarios
        ],
        "groups": [
            {"name": item.name, "members": list(item.members)} for item in spec.items if isinstance(item, ast.GroupDecl)
        ],
        "processes": [
            {"name": item.name, "server": item.server, **_place(item.span)}
            for item in spec.items
            if isinstance(item, ast.ProcessDecl)
        ],
        "properties": [{"name": name, "kind": kind, **_place(span)} for name, kind, span in _declared_properties(spec)],
        "params": [
            {
                "name": item.name,
                "unknown": isinstance(item, ast.UnknownDecl),
                "value": None if item.value is None else item.value.span.text,
                **_place(item.span),
            }
            for item in spec.items
            if isinstance(item, ast.ParamDecl | ast.UnknownDecl)
        ],
        "built_in": list(pipeline.OBLIGATION_KINDS),
    }


def _place(span: Span) -> dict[str, Any]:
    return {"file": span.source.path, "line": span.line}


def _section(title: str, entries: Sequence[tuple[str, str]], width: int) -> list[str]:
    if not entries:
        return []
    column = min(max(len(name) for name, _ in entries), 28)
    lines = ["", f"{title}:"]
    for name, text in entries:
        lines += [line.rstrip() for line in wrapped(text or " ", width, f"  {name:<{column}}  ", " " * (column + 4))]
    return lines


def _variant_text(row: variants.VariantRow) -> str:
    declaration = row.declaration
    if declaration is None:
        return row.description
    inherits = f" (on top of {', '.join(declaration.parents)})" if declaration.parents else ""
    return f"{row.description}{inherits}".strip()


def _scenario_text(info: ScenarioInfo) -> str:
    runs = ", ".join(name if count == 1 else f"{name}[{'*' if count is None else count}]" for name, count in info.runs)
    marks = [mark for mark, holds in (("slow", info.slow), ("any number of threads", info.any_number)) if holds]
    text = f"runs {runs}" + (f" ({', '.join(marks)})" if marks else "")
    return f"{text}: {info.description}" if info.description else text


def _declared_properties(spec: ast.Spec) -> list[tuple[str, str, Span]]:
    """(name, kind, place) of every property that the spec declares."""
    return [(item.name, _kind(item), item.span) for item in spec.items if isinstance(item, ast.Asked)]


def _kind(item: ast.PropertyDecl | ast.CountDecl | ast.OrderDecl | ast.OnlyIfDecl | ast.ObligationDecl) -> str:
    match item:
        case ast.PropertyDecl(kind=kind):
            return kind.value
        case ast.CountDecl():
            return "count"
        case ast.OrderDecl():
            return "order"
        case ast.OnlyIfDecl():
            return "only_if"
        case ast.ObligationDecl():
            return "obligation"
        case _:
            assert_never(item)


def _properties(spec: ast.Spec) -> list[tuple[str, str]]:
    subjects = {
        item.name: "; ".join(
            target.kind
            + (f"({', '.join('.'.join(subject) for subject in target.subjects)})" if target.subjects else "")
            for target in item.targets
        )
        for item in spec.items
        if isinstance(item, ast.ObligationDecl)
    }
    return [
        (name, f"{kind}{' ' + subjects[name] if name in subjects else ''}, line {span.line}")
        for name, kind, span in _declared_properties(spec)
    ]


def _bounds(spec: ast.Spec) -> list[tuple[str, str]]:
    entries: list[tuple[str, str]] = []
    for item in spec.items:
        if isinstance(item, ast.ParamDecl):
            entries.append((item.name, f"param = {item.value.span.text}"))
        elif isinstance(item, ast.UnknownDecl):
            default = f" = {item.value.span.text}" if item.value is not None else ", without a default"
            entries.append((item.name, f"unknown : {item.type.span.text}{default}"))
        elif isinstance(item, ast.ObjectDecl):
            kept = ", never unmapped (typestable)" if item.typestable else ""
            number = item.pool.value if isinstance(item.pool, ast.IntLit) else None
            slots = plural(number, "object") if number is not None else f"{item.pool.span.text} objects"
            entries.append((item.name, f"at most {slots} at a time{kept}"))
    return entries
