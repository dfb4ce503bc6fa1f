"""What is written in a spec as a place: the object that an expression refers to, as far as the text tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from modelcheck.ground.records import dataclass
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import below


@dataclass(slots=True)
class Places:
    """The records, functions and variables of a spec, and (set anew for each item) the locals of some code."""

    records: Mapping[str, ast.ObjectDecl | ast.StructDecl]
    results: Mapping[str, ast.TypeNode | None]
    shared: Mapping[str, ast.TypeNode]
    locals: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: ast.Spec) -> Places:
        functions = ast.InlineDecl | ast.CallbackDecl
        return cls(
            {item.name: item for item in spec.items if isinstance(item, ast.ObjectDecl | ast.StructDecl)},
            {item.name: item.result for item in spec.items if isinstance(item, functions)},
            {item.name: item.type for item in spec.items if isinstance(item, ast.SharedDecl)},
        )

    def enter(self, item: ast.Item) -> None:
        """What is asked from now on stands in ``item``."""
        self.locals = _local_types(item)

    def target(self, node: ast.Expr) -> str | None:
        """The object that an expression refers to; None if that cannot be told."""
        if isinstance(node, ast.Name):
            return self.locals[node.name] if node.name in self.locals else referred(self.shared.get(node.name))
        if isinstance(node, ast.Member):
            record = self.records.get(self.target(node.base) or "")
            fields = () if record is None else record.fields
            return next((referred(one.type) for one in fields if one.name == node.field), None)
        if isinstance(node, ast.Index):
            return self.target(node.base)
        if isinstance(node, ast.Call):
            return referred(self.results.get(node.name))
        return node.target if isinstance(node, ast.New) else None

    def owner(self, node: ast.Member, candidates: list[str]) -> str | None:
        """Which of the objects that have such a field the field of a place is in."""
        found = self.target(node.base)
        if found in candidates:
            return found
        return candidates[0] if found is None and len(candidates) == 1 else None

    def subject(self, place: ast.Expr) -> str:
        """What a place is called in obligations: ``variable`` or ``Object.field``."""
        while isinstance(place, ast.AddressOf | ast.Index):
            place = place.operand if isinstance(place, ast.AddressOf) else place.base
        if isinstance(place, ast.Name):
            return place.name
        if isinstance(place, ast.Member):
            having = [r.name for r in self.records.values() if any(f.name == place.field for f in r.fields)]
            owner = self.target(place.base) or (having[0] if len(having) == 1 else None)
            return place.field if owner is None else f"{owner}.{place.field}"
        return place.span.text


def referred(type: ast.TypeNode | None) -> str | None:
    """The object that a type refers to."""
    while isinstance(type, ast.ArrayTypeNode):
        type = type.element
    return type.target if isinstance(type, ast.RefTypeNode) else None


def _local_types(item: ast.Item) -> dict[str, str]:
    """What the locals, parameters and bound names of an item refer to ("" is anything else)."""
    found: dict[str, str] = {}
    for node in below(item):
        if isinstance(node, ast.Parameter):
            found[node.name] = referred(node.type) or ""
        elif isinstance(node, ast.LocalDecl):
            made = node.value.target if isinstance(node.value, ast.New) else ""
            found[node.name] = made if node.type is None else referred(node.type) or ""
        elif isinstance(node, ast.PickStmt | ast.For | ast.Quantifier) and isinstance(node.domain, ast.Name):
            found[node.variable] = node.domain.name
    return found
