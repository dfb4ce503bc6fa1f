"""Who inherits from whom: the declarations whose edits make up a variant, in order."""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.suggest import missing, name_in
from modelcheck.language.syntax import ast


@dataclass(frozen=True, slots=True)
class Lineage:
    """``order``: the declarations in the order in which their edits apply, the variant itself last;
    each occurs once, also if it is inherited on two ways. ``ancestors``: for each name in ``order``
    the names it inherits from, at any distance."""

    order: tuple[ast.VariantDecl, ...]
    ancestors: Mapping[str, frozenset[str]]

    def related(self, first: str, second: str) -> bool:
        """Whether one of the two declarations is the other or inherits from it."""
        return first == second or first in self.ancestors[second] or second in self.ancestors[first]


def declared(spec: ast.Spec) -> dict[str, ast.VariantDecl]:
    """Return the variants and patches by name (the first of each name)."""
    found: dict[str, ast.VariantDecl] = {}
    for item in spec.items:
        if isinstance(item, ast.VariantDecl):
            found.setdefault(item.name, item)
    return found


def lineage(variant: ast.VariantDecl, known: Mapping[str, ast.VariantDecl], bag: DiagnosticBag) -> Lineage:
    """Resolve the parents of a variant. Unknown parents (MC301) and cycles (MC302) are reported and left out."""
    order: list[ast.VariantDecl] = []
    ancestors: dict[str, frozenset[str]] = {}
    open_path: list[str] = []

    def visit(declaration: ast.VariantDecl) -> None:
        open_path.append(declaration.name)
        above: set[str] = set()
        for parent_name in dict.fromkeys(declaration.parents):
            parent = known.get(parent_name)
            if parent is None:
                others = [name for name in known if name != declaration.name]
                message = f"`{declaration.name}` inherits from `{parent_name}`, which is no variant and no patch"
                behind = name_in(declaration.span, declaration.name)
                bag.add(missing("MC301", message, parent_name, others, declaration.span, behind=behind))
                continue
            if parent_name in open_path:
                cycle = [*open_path[open_path.index(parent_name) :], parent_name]
                bag.error(
                    "MC302",
                    f"`{parent_name}` inherits from itself: " + " : ".join(cycle),
                    declaration.span,
                    [Note("declared here", parent.span)] if parent is not declaration else [],
                )
                continue
            if parent_name not in ancestors:
                visit(parent)
            above |= {parent_name} | ancestors[parent_name]
        open_path.pop()
        ancestors[declaration.name] = frozenset(above)
        order.append(declaration)

    visit(variant)
    return Lineage(tuple(order), ancestors)
