"""The heads and domains that a spec declares."""

from __future__ import annotations

from dataclasses import field

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.ground.records import dataclass
from modelcheck.language.resolve.rcu.domains import Domain, Head
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import below
from modelcheck.model import rcu


@dataclass(slots=True)
class Things:
    """``main``: the domain of RCU itself; ``others``: the ``srcu_struct``s."""

    main: Domain
    objects: dict[str, ast.ObjectDecl]
    others: list[Domain] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return bool(self.others or self.heads)

    @property
    def domains(self) -> list[Domain]:
        return [self.main, *self.others]

    @property
    def variables(self) -> frozenset[str]:
        """The shared variables that are domains."""
        return frozenset(domain.name for domain in self.others if domain.owner is None)

    def head(self, owner: str, name: str) -> Head | None:
        return next((h for h in self.heads if (h.owner.name, h.name) == (owner, name)), None)

    def variable_domain(self, name: str) -> Domain | None:
        return next((d for d in self.others if d.owner is None and d.name == name), None)

    def field_domain(self, owner: str, name: str) -> Domain | None:
        return next((d for d in self.others if (d.owner, d.name) == (owner, name)), None)

    def asleep(self, owner: str) -> Head:
        """The head by which `kfree_rcu_mightsleep` frees objects of a class. It is made the first time."""
        found = self.head(owner, rcu.ASLEEP)
        if found is None:
            declared = self.objects[owner]
            found = Head(declared, rcu.ASLEEP, declared.span)
            self.heads.append(found)
        return found


def declared(spec: ast.Spec, bag: DiagnosticBag) -> Things:
    """Return what ``spec`` declares; ``bag`` gets what is declared where it cannot be."""
    own = {item.name for item in spec.items if isinstance(item, ast.TypeDeclaration | ast.ProcessDecl)}
    objects = {item.name: item for item in spec.items if isinstance(item, ast.ObjectDecl)}
    found = Things(Domain(rcu.RCU, spec.span), objects)
    placed: set[int] = set()
    words = {rcu.HEAD_TYPE, rcu.DOMAIN_TYPE} - own
    for item in spec.items:
        if isinstance(item, ast.SharedDecl) and _is(item, rcu.DOMAIN_TYPE, words):
            placed.add(id(item.type))
            found.others.append(Domain(item.name, item.span, srcu=True))
        elif isinstance(item, ast.ObjectDecl):
            for one in item.fields:
                if _is(one, rcu.HEAD_TYPE, words):
                    placed.add(id(one.type))
                    found.heads.append(Head(item, one.name, one.span))
                elif _is(one, rcu.DOMAIN_TYPE, words):
                    placed.add(id(one.type))
                    found.others.append(Domain(one.name, one.span, item.name, srcu=True))
    for node in below(spec.items):
        if isinstance(node, ast.NamedType) and node.name in words and id(node) not in placed:
            where = "a field of an object" if node.name == rcu.HEAD_TYPE else "a variable or a field of an object"
            bag.error("MC270", f"a `{node.name}` is {where}, and not part of anything else", node.span)
    return found


def _is(item: ast.SharedDecl | ast.FieldDecl, word: str, words: set[str]) -> bool:
    return word in words and isinstance(item.type, ast.NamedType) and item.type.name == word
