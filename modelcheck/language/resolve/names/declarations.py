"""The items of a spec by kind and name; duplicates are reported here."""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias, assert_never

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.resolve.expansion import expanded
from modelcheck.language.syntax import ast
from modelcheck.model.kernel import ADDED_PRIMITIVES, PRIMITIVES
from modelcheck.model.locks import LockKind

#: A name of a type: the kinds of things that have one.
TypeName: TypeAlias = ast.EnumDecl | ast.BitsDecl | ast.StructDecl | ast.ObjectDecl | ast.ProcessDecl
Constant: TypeAlias = ast.ParamDecl | ast.UnknownDecl
Function: TypeAlias = ast.InlineDecl | ast.CallbackDecl
Property: TypeAlias = ast.PropertyDecl | ast.CountDecl | ast.OrderDecl | ast.OnlyIfDecl | ast.ObligationDecl


@dataclass(slots=True)
class Declarations:
    """All items by name, in order of declaration. Filled once by ``collect``, then only read."""

    model: str = "model"
    constants: dict[str, Constant] = field(default_factory=dict)
    shared: dict[str, ast.SharedDecl] = field(default_factory=dict)
    types: dict[str, TypeName] = field(default_factory=dict)
    literals: dict[str, list[str]] = field(default_factory=dict)
    bits: dict[str, str] = field(default_factory=dict)  # of which word each is
    events: dict[str, ast.EventDecl] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    processes: dict[str, ast.ProcessDecl] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    inits: dict[str, ast.InitDecl] = field(default_factory=dict)
    scenarios: dict[str, ast.ScenarioDecl] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Names:
    """One namespace: which names are taken, by what, and where."""

    bag: DiagnosticBag
    taken: dict[str, tuple[str, Span]]

    def claim(self, name: str, what: str, span: Span) -> bool:
        """Return whether ``name`` was free; report it if not."""
        if name in self.taken:
            kind, where = self.taken[name]
            note = Note(f"the {kind} `{name}` is declared here", where)
            self.bag.error("MC102", f"`{name}` is declared twice", span, [note])
            return False
        self.taken[name] = (what, span)
        return True


def collect(spec: ast.Spec, bag: DiagnosticBag) -> Declarations:
    """Return the items of ``spec`` by kind and name."""
    found = Declarations()
    values, types, functions, properties, inits, scenarios = (_Names(bag, {}) for _ in range(6))
    for item in expanded(spec, bag).items:
        match item:
            case ast.ModelName(name):
                found.model = name
            case ast.ParamDecl(name) | ast.UnknownDecl(name):
                if values.claim(name, "constant", item.span):
                    found.constants[name] = item
            case ast.SharedDecl(name):
                if values.claim(name, "shared variable", item.span):
                    found.shared[name] = item
            case ast.EnumDecl(name, literals):
                if types.claim(name, "enum", item.span):
                    found.types[name] = item
                    _literals(found, item, literals, bag)
            case ast.BitsDecl(name, bits):
                if types.claim(name, "word", item.span):
                    found.types[name] = item
                    for bit in bits:
                        if values.claim(bit.name, "bit", bit.span):
                            found.bits[bit.name] = name
            case ast.StructDecl(name, fields) | ast.ObjectDecl(name, _, _, fields):
                what = "struct" if isinstance(item, ast.StructDecl) else "object"
                _fields(name, fields, bag)
                if types.claim(name, what, item.span):
                    found.types[name] = item
            case ast.ProcessDecl(name):
                if types.claim(name, "process", item.span):
                    found.types[name] = item
                    found.processes[name] = item
            case ast.EventDecl(name):
                if functions.claim(name, "event", item.span):
                    found.events[name] = item
            case ast.InlineDecl(name) | ast.CallbackDecl(name):
                what = "inline" if isinstance(item, ast.InlineDecl) else "callback"
                if functions.claim(name, what, item.span):
                    found.functions[name] = item
            case ast.PropertyDecl() | ast.CountDecl() | ast.OrderDecl() | ast.OnlyIfDecl() | ast.ObligationDecl():
                if properties.claim(item.name, "property", item.span):
                    found.properties[item.name] = item
            case ast.InitDecl(name):
                if inits.claim(name, "init block", item.span):
                    found.inits[name] = item
            case ast.ScenarioDecl(name):
                if scenarios.claim(name, "scenario", item.span):
                    found.scenarios[name] = item
            case ast.Import() | ast.GroupDecl() | ast.VariantDecl() | ast.Expectation():
                continue
            case _:
                assert_never(item)
    _reserved(found, bag)
    _literal_clashes(found, values, bag)
    return found


def _literals(found: Declarations, item: ast.EnumDecl, literals: tuple[str, ...], bag: DiagnosticBag) -> None:
    seen: set[str] = set()
    for literal in literals:
        if literal in seen:
            bag.error("MC102", f"enum `{item.name}` has the literal `{literal}` twice", item.span)
            continue
        seen.add(literal)
        found.literals.setdefault(literal, []).append(item.name)


def _fields(owner: str, fields: tuple[ast.FieldDecl, ...], bag: DiagnosticBag) -> None:
    seen: dict[str, Span] = {}
    for item in fields:
        if item.name in seen:
            note = Note("the first one is here", seen[item.name])
            bag.error("MC102", f"`{owner}` has the field `{item.name}` twice", item.span, [note])
        seen[item.name] = item.span


def _reserved(found: Declarations, bag: DiagnosticBag) -> None:
    for name, item in (*found.functions.items(), *found.events.items()):
        if (name in PRIMITIVES and name not in ADDED_PRIMITIVES) or name == "int":
            bag.error("MC118", f"`{name}` is the name of a built-in operation; choose another", item.span)
    for name, constant in (*found.constants.items(), *found.shared.items()):
        if name in ("self", "VAL"):
            bag.error("MC118", f"`{name}` has a meaning of its own; choose another name", constant.span)
    for name, owner in found.bits.items():
        if name in ("self", "VAL"):
            bag.error("MC118", f"`{name}` has a meaning of its own; choose another name", found.types[owner].span)
    for name, declared in found.types.items():
        if name in ("bool", "int", *(kind.value for kind in LockKind)):
            bag.error("MC118", f"`{name}` is a built-in type; choose another name", declared.span)


def _literal_clashes(found: Declarations, values: _Names, bag: DiagnosticBag) -> None:
    for literal, enums in found.literals.items():
        if literal in values.taken:
            what, where = values.taken[literal]
            note = Note(f"the literal is one of enum `{enums[0]}`", found.types[enums[0]].span)
            bag.error("MC102", f"the {what} `{literal}` has the name of an enum literal", where, [note])
        elif literal in ("self", "VAL"):
            bag.error("MC118", f"`{literal}` has a meaning of its own", found.types[enums[0]].span)
