"""The declarations of a spec, looked up for one scenario: constants, types, who runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modelcheck.language.syntax import ast
from tests.third import values
from tests.third.values import BOOL, INT, NOTHING, Literal, Type, Unsupported, Value

LOCKS = frozenset({"mutex", "spinlock", "rwlock", "rwsem", "bitlock", "completion"})


@dataclass(frozen=True)
class Instance:
    process: ast.ProcessDecl
    number: int
    value: Value


def _of(items: tuple[ast.Item, ...], kind: Any) -> dict[str, Any]:
    return {item.name: item for item in items if isinstance(item, kind)}


def parts_of(e: Any) -> Iterator[Any]:
    """All expressions in one, itself first."""
    yield e
    for name in getattr(e, "__dataclass_fields__", ()):
        if name == "span":
            continue
        found = getattr(e, name)
        for part in found if isinstance(found, tuple) else (found,):
            if hasattr(part, "__dataclass_fields__"):
                yield from parts_of(part)


def _returns(part: Any) -> set[str]:
    match part:
        case ast.EventPattern(name, _, result) if result is not None:
            return {name}
        case ast.May(_, ast.Binary("==", ast.Call(name), _)):
            return {name}
    return set()


class World:
    """``scenario``: its name, or None if the spec has none (then each process runs once)."""

    def __init__(self, spec: ast.Spec, scenario: str | None) -> None:
        items = spec.items
        self.items = items
        self.enums: dict[str, ast.EnumDecl] = _of(items, ast.EnumDecl)
        self.structs: dict[str, ast.StructDecl] = _of(items, ast.StructDecl)
        self.objects: dict[str, ast.ObjectDecl] = _of(items, ast.ObjectDecl)
        self.shared: dict[str, ast.SharedDecl] = _of(items, ast.SharedDecl)
        self.events: dict[str, ast.EventDecl] = _of(items, ast.EventDecl)
        self.routines: dict[str, ast.InlineDecl | ast.CallbackDecl] = _of(items, ast.InlineDecl | ast.CallbackDecl)
        self.processes: dict[str, ast.ProcessDecl] = _of(items, ast.ProcessDecl)
        #: The tasks and handlers of CPUs.
        self.contexts = {name: process for name, process in self.processes.items() if process.on is not None}
        self.inits: dict[str, ast.InitDecl] = _of(items, ast.InitDecl)
        #: The callbacks whose event ``return`` some property names.
        self.watched = {name for item in items for part in parts_of(item) for name in _returns(part)}
        self.literals = {
            name: Literal(enum.name, i) for enum in self.enums.values() for i, name in enumerate(enum.literals)
        }
        clauses = list(self._clauses(scenario, _of(items, ast.ScenarioDecl)))
        given = {c.name: c.value for c in clauses if isinstance(c, ast.SetParam)}
        self.constants: dict[str, Value] = {}
        for item in items:
            if isinstance(item, ast.ParamDecl | ast.UnknownDecl):
                value = given.get(item.name, item.value)
                if value is None:
                    raise Unsupported("an unknown without a value")
                found = self.constant(value)
                self.constants[item.name] = values.adapt(found, self.type(item.type)) if item.type else found
        #: Of each named bit its number; its name by itself is the mask.
        self.bits: dict[str, int] = {}
        self.words: dict[str, int] = {}
        for word in _of(items, ast.BitsDecl).values():
            number = -1
            for bit in word.bits:
                number = number + 1 if bit.number is None else self.constant(bit.number)
                self.bits[bit.name] = number
            width = self.words[word.name] = max(self.bits[bit.name] for bit in word.bits) + 1
            self.constants |= {bit.name: values.Vector(width, 1 << self.bits[bit.name]) for bit in word.bits}
        entries: dict[str, ast.RunEntry] = {}
        for clause in clauses:
            if isinstance(clause, ast.RunClause):
                entries |= {entry.process: entry for entry in clause.entries}
        self.init_blocks = self._inits(scenario, _of(items, ast.ScenarioDecl))
        self.instances: list[Instance] = []
        if scenario is None:
            entries = {name: ast.RunEntry(name, None, False) for name in self.processes}
        names = [*entries, *(n for n, p in self.processes.items() if p.server and n not in entries)]
        self.counts = dict.fromkeys(self.processes, 0)
        for name in names:
            self._run(self.processes[name], entries.get(name))

    def _clauses(self, name: str | None, known: dict[str, ast.ScenarioDecl]) -> Iterator[ast.ScenarioClause]:
        if name is not None:
            for parent in known[name].parents:
                yield from self._clauses(parent, known)
            yield from known[name].clauses

    def _inits(self, name: str | None, known: dict[str, ast.ScenarioDecl]) -> tuple[str, ...]:
        """The init blocks of a scenario, in order: its own, else the inherited ones."""
        if name is None:
            return ()
        own = tuple(block for c in known[name].clauses if isinstance(c, ast.InitClause) for block in c.names)
        return own or tuple(dict.fromkeys(block for p in known[name].parents for block in self._inits(p, known)))

    def _run(self, process: ast.ProcessDecl, entry: ast.RunEntry | None) -> None:
        if entry is not None and entry.any_number:
            raise Unsupported("any number of instances")
        if process.index is not None:
            who = self.domain(process.index)
        else:
            count = 1 if entry is None or entry.count is None else self.constant(entry.count)
            who = tuple(Literal(f"proc {process.name}", i) for i in range(count))
        self.counts[process.name] = len(who)
        self.instances.extend(Instance(process, number, value) for number, value in enumerate(who))

    # ------------------------------------------------------------------------------------- constants

    def constant(self, e: ast.Expr) -> Value:
        """The value of an expression over constants. Raises ``KeyError`` if it is none."""
        match e:
            case ast.IntLit(value) | ast.BoolLit(value):
                return value
            case ast.NullLit():
                return None
            case ast.NoneLit():
                return NOTHING
            case ast.Name(name):
                return self.constants[name] if name in self.constants else self.literals[name]
            case ast.Unary(operator, operand):
                return values.unary(operator, self.constant(operand))
            case ast.Binary("&&", left, right):
                return bool(self.constant(left) and self.constant(right))
            case ast.Binary("||", left, right):
                return bool(self.constant(left) or self.constant(right))
            case ast.Binary("=>", left, right):
                return not self.constant(left) or bool(self.constant(right))
            case ast.Binary(operator, left, right):
                divisor = self.constant(right)
                if operator in ("/", "%") and values.number(divisor) == 0:
                    raise values.Unsupported("a division by zero has no value, so it is no constant")
                return values.binary(operator, self.constant(left), divisor, "", True)
            case ast.Conditional(condition, then, otherwise):
                return self.constant(then if self.constant(condition) else otherwise)
            case ast.SetLit(elements):
                return frozenset(self.constant(element) for element in elements)
            case ast.Call("some", (element,)):
                return values.Option(self.constant(element))
            case ast.Call("nr", (ast.Name(name),)):
                return self.counts[name]
        raise KeyError(e)

    # ----------------------------------------------------------------------------------------- types

    def type(self, node: ast.TypeNode) -> Type:
        match node:
            case ast.NamedType("bool"):
                return BOOL
            case ast.NamedType("int"):
                return INT
            case ast.NamedType("atomic" | "refcount" as name):
                return Type("atomic", low=0, refcount=name == "refcount")
            case ast.NamedType(name) if name in LOCKS:
                return Type("lock", name)
            case ast.NamedType(name) if name in self.words:
                return Type("bv", high=self.words[name])
            case ast.NamedType(name) if name in self.enums:
                return Type("enum", name)
            case ast.NamedType(name) if name in self.structs:
                return Type("struct", name)
            case ast.RangeTypeNode(low, high):
                return Type("range", low=self.constant(low), high=self.constant(high))
            case ast.AtomicRangeNode(name, low, high):
                return Type("atomic", low=self.constant(low), high=self.constant(high), refcount=name == "refcount")
            case ast.AtomicWordNode(word):
                return Type("atomic", low=0, element=self.type(word))
            case ast.BvTypeNode(width):
                return Type("bv", high=self.constant(width))
            case ast.RefTypeNode(target):
                return Type("ref", target)
            case ast.OptTypeNode(element):
                return Type("opt", element=self.type(element))
            case ast.SetTypeNode(element):
                return Type("set", element=self.type(element))
            case ast.ProcTypeNode(process):
                return self.instance_type(self.processes[process])
            case ast.ArrayTypeNode(element, index):
                return Type("array", element=self.type(element), domain=self.domain(index))
        raise Unsupported(f"type {node}")

    def instance_type(self, process: ast.ProcessDecl) -> Type:
        """The type of ``self``."""
        match process.index:
            case None:
                return Type("enum", f"proc {process.name}")
            case ast.NamedType(name) | ast.Name(name) if name in self.enums:
                return Type("enum", name)
        raise Unsupported("a process indexed by numbers")

    def domain(self, index: ast.TypeNode | ast.Expr) -> tuple[Value, ...]:
        """The values that an index type, or a domain that does not depend on the state, ranges over."""
        match index:
            case ast.NamedType("bool") | ast.Name("bool"):
                return (False, True)
            case ast.NamedType(name) | ast.Name(name) if name in self.enums:
                return tuple(Literal(name, i) for i in range(len(self.enums[name].literals)))
            case ast.NamedType(name) | ast.Name(name) if name in self.processes:
                if self.processes[name].index is not None:
                    return self.domain(self.processes[name].index)  # type: ignore[arg-type]
                return tuple(Literal(f"proc {name}", i) for i in range(self.counts.get(name, 0)))
            case ast.RangeTypeNode(low, high) | ast.RangeExpr(low, high) | ast.Binary("..", low, high):
                return tuple(range(self.constant(low), self.constant(high) + 1))
            case ast.NamedType(name):
                return tuple(range(self.constants[name]))
        return tuple(range(self.constant(index)))  # type: ignore[arg-type]

    def static_domain(self, e: ast.Expr) -> tuple[Value, ...] | None:
        """As ``domain``, but None for pools and sets."""
        match e:
            case ast.Name(name) if name == "bool" or name in self.enums or name in self.processes:
                return self.domain(e)
            case ast.RangeExpr() | ast.Binary(".."):
                return self.domain(e)
        return None

    def domain_type(self, e: ast.Expr) -> Type:
        match e:
            case ast.Name("bool"):
                return BOOL
            case ast.Name(name) if name in self.enums:
                return Type("enum", name)
            case ast.Name(name) if name in self.processes:
                return self.instance_type(self.processes[name])
            case ast.Name(name) if name in self.objects:
                return Type("ref", name)
            case ast.RangeExpr(low, high) | ast.Binary("..", low, high):
                return Type("range", low=self.constant(low), high=self.constant(high))
        raise Unsupported("a domain")
