"""Expressions that are evaluated at once: pure contexts, and local code (section 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from modelcheck.language.syntax import ast
from tests.third import names, values
from tests.third.machine import Bound, Machine, Place, the
from tests.third.terms import (
    NOBODY,
    Binding,
    Pure,
    PurePlace,
    Scope,
    cast,
    either,
    element_place,
    extended,
    field_place,
    index_of,
    joined,
    next_machine,
    object_place,
    operator_type,
    ordered,
    quantified,
    set_of,
    type_of,
)
from tests.third.values import BOOL, INT, NOTHING, VOID, Address, Option, Type, Unsupported, Value
from tests.third.world import World, parts_of


class Expressions:
    """``owner``: the process or inline whose text the expression stands in."""

    def __init__(self, world: World, owner: str, labels: Any = None) -> None:
        self.world = world
        self.owner = owner
        self.labels = labels
        self.self_type: Type | None = None

    # ------------------------------------------------------------------------------------- places

    def is_place(self, e: ast.Expr, scope: Scope) -> bool:
        match e:
            case ast.Name(name):
                if name in scope:
                    return scope[name].kind != "bound"
                return name in self.world.shared
            case ast.Member() | ast.Index():
                return True
        return False

    def name_place(self, name: str, scope: Scope) -> Place:
        if name in scope:
            binding = scope[name]
            if binding.kind == "local":
                reads = frozenset({binding.number})
                return Place(binding.type, (), True, binding.subject, None, reads)
            assert binding.place is not None
            return binding.place
        return Place(self.world.type(self.world.shared[name].type), (), False, name, None, NOBODY)

    def place(self, e: ast.Expr, scope: Scope) -> PurePlace:
        match names.bare(e):
            case ast.Name(name) if name in scope and scope[name].kind in ("kept", "bound place"):
                binding = scope[name]
                place = self.name_place(name, scope)
                if binding.kind == "kept":
                    number = binding.number
                    return PurePlace(lambda m, b: m.locals[number,], place, frozenset({number}), True)
                return PurePlace(lambda m, b: b[name], place, binding.reads, True)
            case ast.Name(name) if name in scope:
                number = scope[name].number
                if scope[name].kind == "bound":
                    raise Unsupported("a value where a place is wanted")
                return PurePlace(lambda m, b: ("L", number, ()), self.name_place(name, scope), NOBODY, True)
            case ast.Name(name) if name in self.world.shared:
                return PurePlace(lambda m, b: ("S", name, ()), self.name_place(name, scope), NOBODY, True)
            case ast.Member(base, field, _):
                if self.is_place(base, scope):
                    outer = self.place(base, scope)
                    if outer.place.type.kind == "struct":
                        run = outer.run
                        return replace(
                            outer,
                            run=lambda m, b: extended(run(m, b), field),
                            place=field_place(outer.place, self.world, field),
                        )
                reference = self.pure(base, scope)
                if reference.type.kind != "ref":
                    raise Unsupported(f"a field of {reference.type}")
                get = reference.run
                place = object_place(self.world, reference.type.name, field)
                return PurePlace(lambda m, b: ("F", get(m, b), (field,)), place, reference.reads, reference.local)
            case ast.Index(base, index):
                outer, which = self.place(base, scope), self.pure(index, scope)
                first, second = outer.run, which.run
                return PurePlace(
                    lambda m, b: extended(first(m, b), index_of(second(m, b))),
                    element_place(outer.place),
                    outer.reads | which.reads,
                    outer.local and which.local,
                )
        raise Unsupported(f"the place {e}")

    # -------------------------------------------------------------------------------- expressions

    def mask(self, e: ast.Expr, scope: Scope) -> ast.Expr:
        """The mask of a bit of which the number is given, or the name."""
        if isinstance(e, ast.Name) and e.name not in scope and e.name in self.world.bits:
            return ast.IntLit(1 << self.world.bits[e.name])
        return ast.Binary("<<", ast.IntLit(1), e)

    def of_bits(self, e: ast.Expr, scope: Scope) -> ast.Expr:
        """What an operation on a single bit means; any other expression as it is."""
        match e:
            case ast.Call(name) if name in self.world.routines:
                return e
            case ast.Call("BIT", (bit,)):
                named = isinstance(bit, ast.Name) and bit.name not in scope and bit.name in self.world.bits
                return bit if named else self.mask(bit, scope)
            case ast.Call("test_bit" | "test_bit_acquire", (bit, place)):
                return ast.Binary("!=", ast.Binary("&", names.bare(place), self.mask(bit, scope)), ast.IntLit(0))
            case ast.Call(name, (bit, place)) if name in names.BITS:
                operation, tells = names.BITS[name]
                mask = self.mask(bit, scope)
                done = ast.MethodCall(names.bare(place), operation, (mask,))
                return ast.Binary("!=", ast.Binary("&", done, mask), ast.IntLit(0)) if tells else done
            case ast.Binary("<<" | ">>" as operator, left, ast.Name(name)) if name not in scope:
                number = self.world.bits.get(name)
                return e if number is None else ast.Binary(operator, left, ast.IntLit(number))
        return e

    def without_decided(self, e: ast.Expr, scope: Scope) -> ast.Expr:
        """The expression without what a constant on the left of ``&&``, ``||``, ``=>`` or ``?:`` decides."""
        e = self.of_bits(e, scope)
        match e:
            case ast.Binary("&&" | "||" | "=>" as operator, left, right):
                known = self.constant(left, scope)
                if known is None:
                    return e
                if known == (operator == "||"):
                    return ast.BoolLit(operator != "&&")
                return self.without_decided(right, scope)
            case ast.Conditional(condition, then, otherwise):
                known = self.constant(condition, scope)
                return e if known is None else self.without_decided(then if known else otherwise, scope)
        return e

    def constant(self, e: ast.Expr, scope: Scope) -> bool | None:
        """The value of a condition that is constant."""
        match e:
            case ast.Unary("!", operand):
                known = self.constant(operand, scope)
                return None if known is None else not known
            case ast.Binary("&&" | "||" | "=>") | ast.Conditional():
                rest = self.without_decided(e, scope)
                return None if rest is e else self.constant(rest, scope)
        if any(isinstance(part, ast.Name) and part.name in scope for part in parts_of(e)):
            return None
        try:
            return bool(self.world.constant(e))
        except (KeyError, Unsupported):
            return None

    def outcomes(self, e: ast.Expr, scope: Scope) -> set[bool]:
        """What a condition can be if each of its operands can be either, unless it is constant."""
        e = self.without_decided(e, scope)
        match e:
            case ast.Unary("!", operand):
                return {not value for value in self.outcomes(operand, scope)}
            case ast.Binary("&&" | "||" | "=>" as operator, left, right):
                found = set()
                for value in self.outcomes(left, scope):
                    decides = value == (operator == "||")
                    found |= {operator != "&&"} if decides else self.outcomes(right, scope)
                return found
            case ast.Conditional(condition, then, otherwise):
                found = set()
                for value in self.outcomes(condition, scope):
                    found |= self.outcomes(then if value else otherwise, scope)
                return found
        known = self.constant(e, scope)
        return {True, False} if known is None else {known}

    def pure(self, e: ast.Expr, scope: Scope) -> Pure:
        e = self.without_decided(e, scope)
        world, owner = self.world, self.owner
        match e:
            case ast.IntLit(value):
                return Pure(lambda m, b: value, INT)
            case ast.BoolLit(truth):
                return Pure(lambda m, b: truth, BOOL)
            case ast.NullLit():
                return Pure(lambda m, b: None, Type("ref"))
            case ast.NoneLit():
                return Pure(lambda m, b: NOTHING, Type("opt"))
            case ast.AddressOf(operand):
                return self.pure(operand, scope)
            case ast.Name(name) if name in scope and scope[name].kind == "bound":
                return Pure(lambda m, b: b[name], scope[name].type, scope[name].reads)
            case ast.Name("self") if "self" not in scope and self.self_type is not None:
                return Pure(lambda m, b: m.self_values[m.current], self.self_type)
            case ast.Name(name) if name not in scope and name in world.constants:
                found = world.constants[name]
                return Pure(lambda m, b: found, type_of(found))
            case ast.Name(name) if name not in scope and name not in world.shared and name in world.literals:
                literal = world.literals[name]
                return Pure(lambda m, b: literal, Type("enum", literal.kind))
            case ast.Name() | ast.Member() | ast.Index():
                where = self.place(e, scope)
                get, place = where.run, where.place
                return Pure(
                    lambda m, b: m.load(place, get(m, b)),
                    values.read_type(place.type),
                    where.reads | place.reads,
                    where.local and place.local,
                )
            case ast.Unary("!", operand):
                inner = self.pure(operand, scope)
                run = inner.run
                return replace(inner, run=lambda m, b: not run(m, b), type=BOOL)
            case ast.Unary(operator, operand):
                inner = self.pure(operand, scope)
                run, type_ = inner.run, inner.type if inner.type.kind == "bv" else INT
                return replace(inner, run=lambda m, b: values.unary(operator, run(m, b)), type=type_)
            case ast.Binary("&&" | "||" | "=>" as operator, left, right):
                one, two = self.pure(left, scope), self.pure(right, scope)
                first, second = one.run, two.run
                if (operator != "||") not in self.outcomes(left, scope):
                    two = replace(two, reads=NOBODY)
                if operator == "&&":
                    return joined(lambda m, b: bool(first(m, b) and second(m, b)), BOOL, one, two)
                if operator == "||":
                    return joined(lambda m, b: bool(first(m, b) or second(m, b)), BOOL, one, two)
                return joined(lambda m, b: not first(m, b) or bool(second(m, b)), BOOL, one, two)
            case ast.Binary("..", _, _):
                raise Unsupported("a range as a value")
            case ast.Binary(operator, left, right):
                one, two = self.pure(left, scope), self.pure(right, scope)
                first, second = one.run, two.run
                return joined(
                    lambda m, b: values.binary(operator, first(m, b), second(m, b), owner, m.quiet),
                    operator_type(operator, one.type, two.type),
                    one,
                    two,
                )
            case ast.Conditional(condition, then, otherwise):
                c, t, o = self.pure(condition, scope), self.pure(then, scope), self.pure(otherwise, scope)
                cr, tr, orr = c.run, t.run, o.run
                found = self.outcomes(condition, scope)
                t = t if True in found else replace(t, reads=NOBODY)
                o = o if False in found else replace(o, reads=NOBODY)
                return joined(lambda m, b: tr(m, b) if cr(m, b) else orr(m, b), either(t.type, o.type), c, t, o)
            case ast.SetLit(elements):
                parts = [self.pure(element, scope) for element in elements]
                runs = [part.run for part in parts]
                element = parts[0].type if parts else None
                return joined(lambda m, b: set_of([run(m, b) for run in runs]), Type("set", element=element), *parts)
            case ast.Cast(target, operand):
                inner = self.pure(operand, scope)
                run, wanted = inner.run, world.type(target)
                return replace(inner, run=lambda m, b: cast(run(m, b), wanted), type=wanted)
            case ast.MethodCall(base, "has" | "contains", (element,)):
                return self.pure(ast.Binary("in", element, base), scope)
            case ast.Quantifier(kind, variable, domain, body):
                over, type_ = self.domain(domain, scope)
                inner = self.pure(body, scope | {variable: Binding("bound", type_, reads=over.reads)})
                return joined(
                    quantified(kind is ast.QuantifierKind.FORALL, variable, over.run, inner.run), BOOL, over, inner
                )
            case ast.Prime(operand):
                inner = self.pure(operand, scope)
                run = inner.run
                return replace(inner, run=lambda m, b: run(next_machine(m), b))
            case ast.LabelPredicate():
                if self.labels is None:
                    raise Unsupported("labels outside a property")
                run = self.labels(e, self, scope)
                return Pure(run, INT if e.question is ast.LabelQuestion.COUNT_AT else BOOL, local=False)
            case ast.New():
                return self._new(e, scope)
            case ast.Call() | ast.MethodCall():
                return self._call(e, scope)
        raise Unsupported(f"{type(e).__name__} in a pure context")

    def domain(self, e: ast.Expr, scope: Scope) -> tuple[Pure, Type]:
        """The values that a quantifier or ``pick`` ranges over at a moment, in order, and their type."""
        fixed = self.world.static_domain(e) if not (isinstance(e, ast.Name) and e.name in scope) else None
        if fixed is not None:
            return Pure(lambda m, b: fixed, VOID), self.world.domain_type(e)
        if isinstance(e, ast.Name) and e.name not in scope and e.name in self.world.objects:
            name, slots = e.name, self.world.constant(self.world.objects[e.name].pool)
            every = self.world.objects[e.name].typestable
            return (
                Pure(
                    lambda m, b: tuple(
                        Address(name, slot, True) for slot in range(slots) if every or (name, slot) in m.allocated
                    ),
                    VOID,
                    local=False,
                ),
                Type("ref", name),
            )
        inner = self.pure(e, scope)
        if inner.type.kind != "set" or inner.type.element is None:
            raise Unsupported("a domain")
        run, element = inner.run, inner.type.element
        return replace(inner, run=lambda m, b: ordered(run(m, b), element)), element

    def _new(self, e: ast.New, scope: Scope) -> Pure:
        inits = [(init.field, self.pure(init.value, scope)) for init in e.inits]
        target, may_fail, defaults = e.target, e.may_fail, self.defaults(e.target)

        def run(m: Machine, b: Bound) -> Value:
            return m.new(target, may_fail, {name: value.run(m, b) for name, value in inits}, defaults)

        return replace(joined(run, Type("ref", target), *(value for _, value in inits)), local=False)

    def defaults(self, object_: str) -> Callable[[Machine, str, int, set[str]], None]:
        """What gives the fields of a new object their declared initial values."""
        fields = self.world.objects[object_].fields
        outer = Expressions(self.world, object_)
        fills = {f.name: outer.fill(self.world.type(f.type), f.value, f"{object_}.{f.name}") for f in fields}

        def run(m: Machine, name: str, slot: int, given: set[str]) -> None:
            for field, fill in fills.items():
                if field not in given:
                    fill(m, m.memory, ("F", name, slot, field))

        return run

    def fill(
        self, type_: Type, value: ast.Expr | None, subject: str
    ) -> Callable[[Machine, dict[Any, Value], Any], None]:
        """What gives a cell its declared initial value (of an array: each element's; a struct's
        fields have their own).
        """
        if type_.kind == "struct":
            parts = [
                (f.name, self.fill(self.world.type(f.type), f.value, subject))
                for f in self.world.structs[type_.name].fields
            ]

            def fill_fields(m: Machine, cells: dict[Any, Value], key: Any) -> None:
                for name, part in parts:
                    part(m, cells, (*key, name))

            return fill_fields
        if type_.kind == "array":
            assert type_.element is not None
            inner, domain = self.fill(type_.element, value, subject), type_.domain

            def fill_elements(m: Machine, cells: dict[Any, Value], key: Any) -> None:
                for index in domain:
                    inner(m, cells, (*key, index))

            return fill_elements
        if value is None or isinstance(value, ast.UninitLit):
            return lambda m, cells, key: None
        get = self.pure(value, {}).run

        def fill_cell(m: Machine, cells: dict[Any, Value], key: Any) -> None:
            fitting = values.fit(get(m, {}), type_, subject)
            cells[key] = fitting

        return fill_cell

    # --------------------------------------------------------------------------------------- calls

    def function(self, name: str, arguments: tuple[Pure, ...], owner: str) -> Pure | None:
        """Functions of values alone."""
        runs = [a.run for a in arguments]
        match name, len(arguments):
            case "some", 1:
                return joined(lambda m, b: Option(runs[0](m, b)), Type("opt", element=arguments[0].type), *arguments)
            case "the", 1:
                element = arguments[0].type.element
                if element is None:
                    raise Unsupported("the() of what has no type")
                return joined(lambda m, b: the(m, runs[0](m, b), owner, element), element, *arguments)
            case "size", 1:
                return joined(lambda m, b: len(runs[0](m, b)), INT, *arguments)
            case "empty", 1:
                return joined(lambda m, b: not runs[0](m, b), BOOL, *arguments)
        return None

    def as_function(self, e: ast.Expr) -> tuple[str, tuple[ast.Expr, ...]] | None:
        """The call of one of those, however written."""
        if isinstance(e, ast.MethodCall) and e.method in ("size", "empty"):
            return e.method, (e.base, *e.arguments)
        if isinstance(e, ast.Call) and e.name in ("some", "the", "size", "empty"):
            return e.name, e.arguments
        return None

    def _call(self, e: ast.Call | ast.MethodCall, scope: Scope) -> Pure:
        world = self.world
        if isinstance(e, ast.Call) and e.name in world.routines:
            return self._routine(world.routines[e.name], e.arguments, scope)
        if (known := self.as_function(e)) is not None:
            made = self.function(known[0], tuple(self.pure(a, scope) for a in known[1]), self.owner)
            if made is not None:
                return made
        if isinstance(e, ast.Call):
            match e.name, e.arguments:
                case "nr", (ast.Name(process),):
                    count = world.counts[process]
                    return Pure(lambda m, b: count, INT)
                case "nr_alloc", (ast.Name(object_),):
                    return Pure(lambda m, b: sum(o == object_ for o, _ in m.allocated), INT, local=False)
                case "done", (ast.Name() | ast.Index() as asked,):
                    return self._done(asked, scope)
                case "running" | "raised", (ast.Name(handler),) if handler in world.contexts:
                    cell = ("C", handler, "active" if e.name == "running" else "raised")
                    return Pure(lambda m, b: m.memory[cell], BOOL, local=False)
                case "int", (operand,):
                    return self.pure(ast.Cast(ast.NamedType("int"), operand), scope)
            if e.name in names.LOADS:
                return self.pure(names.bare(e.arguments[0]), scope)
        primitive = names.primitive(e)
        if primitive is None:
            raise Unsupported(f"the call of {e.name if isinstance(e, ast.Call) else e.method}")
        where = self.place(primitive.place, scope)
        arguments = [self.pure(a, scope) for a in primitive.arguments]
        act, type_ = self.operation(primitive.name, where.place)
        get, runs = where.run, [a.run for a in arguments]

        def run(m: Machine, b: Bound) -> Value:
            kept = get(m, b)
            return act(m, kept, [r(m, b) for r in runs])

        local = primitive.name == "held" and where.local
        made = joined(run, type_, *arguments)
        return replace(made, reads=made.reads | where.reads | where.place.reads, local=local)

    def _done(self, e: ast.Name | ast.Index, scope: Scope) -> Pure:
        """All instances of a class, or one of them, have come to their ends."""
        replica = self.pure(e.index, scope) if isinstance(e, ast.Index) else None
        named = e.base if isinstance(e, ast.Index) else e
        assert isinstance(named, ast.Name)
        asked = [(i, one.number) for i, one in enumerate(self.world.instances) if one.process.name == named.name]

        def run(m: Machine, b: Bound) -> bool:
            wanted = None if replica is None else values.ordinal(replica.run(m, b))
            return all(m.processes[i].pc < 0 for i, number in asked if wanted in (None, number))

        return replace(joined(run, BOOL, *([] if replica is None else [replica])), local=False)

    def operation(
        self, name: str, place: Place
    ) -> tuple[Callable[[Machine, tuple[Any, ...], list[Value]], Value], Type]:
        """What does an operation on a place, and the type of its result."""
        type_ = BOOL if name in names.TELLS_WHETHER else INT
        if name in names.QUESTION:
            return lambda m, kept, arguments: m.question(name, place, kept), type_
        if name in names.LOCK:
            spinning = self.spinning()
            return lambda m, kept, arguments: m.on_lock(name, place, kept, spinning), type_
        if place.type.kind == "atomic":
            if name in names.CONTENT:
                type_ = place.type.element or INT
            return lambda m, kept, arguments: m.on_number(name, place, kept, arguments), type_
        if name in ("xchg", "cmpxchg", "try_cmpxchg"):
            return (
                lambda m, kept, arguments: m.exchange(name, place, kept, arguments),
                type_ if name == "try_cmpxchg" else place.type,
            )
        raise Unsupported(f"{name} of {place.type}")

    def spinning(self) -> Callable[[Any], bool]:
        """Tells of the key of a lock whether it is a spinlock or rwlock."""
        world = self.world

        def lock_kind(key: Any) -> bool:
            if key[0] == "S":
                type_, path = world.type(world.shared[key[1]].type), key[2:]
            else:
                node = next(f for f in world.objects[key[1]].fields if f.name == key[3])
                type_, path = world.type(node.type), key[4:]
            for part in path:
                if type_.kind == "array":
                    assert type_.element is not None
                    type_ = type_.element
                else:
                    node = next(f for f in world.structs[type_.name].fields if f.name == part)
                    type_ = world.type(node.type)
            return type_.name in ("spinlock", "rwlock")

        return lock_kind

    def _routine(
        self, routine: ast.InlineDecl | ast.CallbackDecl, arguments: tuple[ast.Expr, ...], scope: Scope
    ) -> Pure:
        """A call at once, outside ``atomic``: the body is a single ``return``."""
        body = routine.body.statements
        if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
            raise Unsupported("a call of an inline that is no single return in a pure context")
        if isinstance(routine, ast.CallbackDecl):
            raise Unsupported("a callback in a pure context")
        inner, parts = Scope(), list[Pure]()
        runs: list[tuple[str, Callable[[Machine, Bound], Any], Type | None, str]] = []
        for parameter, argument in zip(routine.parameters, arguments, strict=True):
            subject = f"{routine.name}.{parameter.name}"
            if parameter.by_reference:
                where = self.place(argument, scope)
                reads = where.reads | where.place.reads
                inner[parameter.name] = Binding("bound place", where.place.type, place=where.place, reads=reads)
                runs.append((parameter.name, where.run, None, subject))
                parts.append(Pure(where.run, VOID, NOBODY, where.local))
            else:
                value = self.pure(argument, scope)
                type_ = self.world.type(parameter.type)
                inner[parameter.name] = Binding("bound", type_, reads=NOBODY)
                runs.append((parameter.name, value.run, type_, subject))
                parts.append(value)
        callee = Expressions(self.world, routine.name, self.labels)
        result = callee.pure(body[0].value, inner)
        type_ = self.world.type(routine.result) if routine.result else result.type
        get, name = result.run, f"{routine.name}.result"

        def run(m: Machine, b: Bound) -> Value:
            given = [(p, r(m, b), t, s) for p, r, t, s in runs]
            bound = {p: v if t is None or m.quiet else values.fit(v, t, s) for p, v, t, s in given}
            found = get(m, bound)
            return values.adapt(found, type_) if m.quiet else values.fit(found, type_, name)

        return joined(run, type_, result, *parts)
