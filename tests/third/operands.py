"""Expressions in the text of a process: each operand in its turn, each load a step (section 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from modelcheck.language.syntax import ast
from tests.third import names, values
from tests.third.code import Code, Target
from tests.third.expressions import Expressions
from tests.third.machine import GuardsDone, Machine, Place
from tests.third.terms import (
    NOBODY,
    Binding,
    Pure,
    Scope,
    cast,
    either,
    element_place,
    field_place,
    object_place,
    operator_type,
    set_of,
)
from tests.third.values import BOOL, INT, VOID, Blocked, Type, Unsupported, Value
from tests.third.world import World, parts_of


class Operands(Code):
    """What pushes the values of expressions. ``text`` (of the statements) compiles a body."""

    def text(
        self,
        name: str,
        body: ast.Block,
        scope: Scope,
        calls: tuple[tuple[tuple[str, ...], str], ...],
        result: Type | None,
        end: Target,
    ) -> None:
        raise NotImplementedError

    def is_local(self, e: ast.Expr, scope: Scope) -> Pure | None:
        """The expression as one piece of local code, if it is that."""
        if not _simple(e, self.world, scope):
            return None
        pure = self.frame.expressions.pure(e, scope)
        return pure if pure.local else None

    def place(self, e: ast.Expr, scope: Scope) -> Place:
        """Push a place; say what it is."""
        e = names.bare(e)
        expressions = self.frame.expressions
        match e:
            case ast.Name():
                pure = expressions.place(e, scope)
                run = pure.run
                self.emit(lambda m: m.stack.append(run(m, {})), reads=pure.reads)
                return pure.place
            case ast.Index(base, index):
                outer = self.place(base, scope)
                self.value(index, scope)
                self.emit(_index)
                return element_place(outer)
            case ast.Member(base, field_name, _):
                if expressions.is_place(base, scope) and self.type_of(base, scope).kind == "struct":
                    outer = self.place(base, scope)
                    self.emit(_part(field_name))
                    return field_place(outer, self.world, field_name)
                type_ = self.value(base, scope)
                if type_.kind != "ref":
                    raise Unsupported("a field of what is no reference")
                self.emit(_field(field_name))
                return object_place(self.world, type_.name, field_name)
        raise Unsupported(f"the place {type(e).__name__}")

    def type_of(self, e: ast.Expr, scope: Scope) -> Type:
        """The type of a place, without code for it."""
        match e:
            case ast.Name(name):
                if name in scope:
                    return scope[name].type
                return self.world.type(self.world.shared[name].type)
            case ast.Index(base, _):
                element = self.type_of(base, scope).element
                assert element is not None
                return element
            case ast.Member(base, field_name, _):
                if self.frame.expressions.is_place(base, scope):
                    outer = self.type_of(base, scope)
                else:
                    outer = self.frame.expressions.pure(base, scope).type
                known = self.world.structs if outer.kind == "struct" else self.world.objects
                node = next(f for f in known[outer.name].fields if f.name == field_name)
                return self.world.type(node.type)
        raise Unsupported("the type of a place")

    def load(self, place: Place) -> None:
        def go(m: Machine) -> None:
            m.stack.append(m.load(place, m.stack.pop()))

        self.emit(go, step=not place.local, reads=place.reads)

    def store(self, place: Place, whole: bool) -> None:
        def go(m: Machine) -> None:
            value = m.stack.pop()
            m.store(place, m.stack.pop(), value)

        kills = place.reads if whole else NOBODY
        self.emit(go, step=not place.local or place.type.kind == "atomic", reads=place.keeps, kills=kills)

    def condition(self, e: ast.Expr, yes: Target, no: Target, scope: Scope) -> None:
        """Go to one of two places, as soon as it is known to which."""
        e = self.frame.expressions.without_decided(e, scope)
        match e:
            case ast.Unary("!", operand):
                return self.condition(operand, no, yes, scope)
            case ast.Binary("&&" | "||" | "=>" as operator, left, right):
                more = Target()
                if operator == "&&":
                    self.condition(left, more, no, scope)
                elif operator == "||":
                    self.condition(left, yes, more, scope)
                else:
                    self.condition(left, more, yes, scope)
                self.put(more)
                return self.condition(right, yes, no, scope)
            case ast.Conditional(asked, then, otherwise):
                one, two = Target(), Target()
                self.condition(asked, one, two, scope)
                self.put(one)
                self.condition(then, yes, no, scope)
                self.put(two)
                return self.condition(otherwise, yes, no, scope)
        self.value(e, scope)
        known = self.frame.expressions.constant(e, scope)
        ways = (yes, no) if known is None else (yes if known else no,)
        self.emit(lambda m: yes if m.stack.pop() else no, targets=ways)
        return None

    def decide(self, e: ast.Expr, yes: Target, no: Target, scope: Scope) -> None:
        """The condition of a statement: gone if it is constant."""
        known = self.frame.expressions.constant(e, scope)
        if known is None:
            self.condition(e, yes, no, scope)
        else:
            self.jump(yes if known else no)

    def value(self, e: ast.Expr, scope: Scope, guarded: bool = False) -> Type:
        """Push the value of an expression; each operand in its turn."""
        e = self.frame.expressions.without_decided(e, scope)
        if (local := self.is_local(e, scope)) is not None:
            self.push(local)
            return local.type
        expressions = self.frame.expressions
        match e:
            case ast.AddressOf(operand):
                return self.value(operand, scope)
            case ast.Name() | ast.Member() | ast.Index():
                place = self.place(e, scope)
                self.load(place)
                return values.read_type(place.type)
            case ast.Unary("!", _) | ast.Binary("&&" | "||" | "=>", _, _):
                yes, no, end = Target(), Target(), Target()
                self.condition(e, yes, no, scope)
                self.put(yes)
                self.push_constant(True)
                self.jump(end)
                self.put(no)
                self.push_constant(False)
                self.put(end)
                return BOOL
            case ast.Unary(operator, operand):
                type_ = self.value(operand, scope)
                self._top(lambda m, v: values.unary(operator, v))
                return type_ if type_.kind == "bv" else INT
            case ast.Binary(operator, left, right):
                one, two = self.value(left, scope), self.value(right, scope)
                owner = self.frame.name
                self.two(lambda m, a, b: values.binary(operator, a, b, owner, m.quiet))
                return operator_type(operator, one, two)
            case ast.Conditional(asked, then, otherwise):
                yes, no, end = Target(), Target(), Target()
                self.condition(asked, yes, no, scope)
                self.put(yes)
                one = self.value(then, scope)
                self.jump(end)
                self.put(no)
                two = self.value(otherwise, scope)
                self.put(end)
                return either(one, two)
            case ast.Cast(target, operand):
                self.value(operand, scope)
                wanted = self.world.type(target)
                self._top(lambda m, v: cast(v, wanted))
                return wanted
            case ast.SetLit(elements):
                types = [self.value(element, scope) for element in elements]
                self.take(len(elements), lambda m, found: set_of(found))
                return Type("set", element=types[0] if types else None)
            case ast.New():
                return self._new(e, scope)
            case ast.CondLoad(place, condition):
                return self._cond_load(place, condition, scope, guarded)
            case ast.Quantifier():
                pure = expressions.pure(e, scope)
                if not self.atomic and not pure.local:
                    raise Unsupported("a quantifier over shared state outside pure contexts")
                self.push(pure)
                return BOOL
            case ast.MethodCall(base, "has" | "contains", (element,)):
                return self.value(ast.Binary("in", element, base), scope)
            case ast.Call() | ast.MethodCall():
                return self._call(e, scope, guarded)
        raise Unsupported(f"{type(e).__name__} as a value")

    def _top(self, act: Callable[[Machine, Value], Value]) -> None:
        self.take(1, lambda m, found: act(m, found[0]))

    def two(self, act: Callable[[Machine, Value, Value], Value]) -> None:
        self.take(2, lambda m, found: act(m, found[0], found[1]))

    def take(
        self,
        count: int,
        act: Callable[[Machine, list[Value]], Value],
        *,
        step: bool = False,
        reads: frozenset[int] = NOBODY,
        event: tuple[str, str] | None = None,
    ) -> None:
        """Replace the topmost values by what is made of them."""

        def go(m: Machine) -> None:
            base = len(m.stack) - count
            found = m.stack[base:]
            del m.stack[base:]
            m.stack.append(act(m, found))

        made = self.emit(go, step=step, reads=reads)
        made.events = frozenset({event} if event else ())

    def _new(self, e: ast.New, scope: Scope) -> Type:
        for init in e.inits:
            self.value(init.value, scope)
        fields, target, may_fail = [init.field for init in e.inits], e.target, e.may_fail
        defaults = self.frame.expressions.defaults(target)
        self.take(
            len(fields),
            lambda m, found: m.new(target, may_fail, dict(zip(fields, found, strict=True)), defaults),
            step=True,
            event=("new", target),
        )
        return Type("ref", target)

    def _freeing(self, object_: str, null_is_fine: bool) -> Callable[[Machine, list[Value]], Value]:
        return lambda m, found: m.free(object_, found[0], null_is_fine)

    def _cond_load(self, e: ast.Expr, condition: ast.Expr, scope: Scope, guarded: bool) -> Type:
        place = self.place(e, scope)
        test = self.frame.expressions.pure(condition, scope | {"VAL": Binding("bound", values.read_type(place.type))})
        run = test.run

        def go(m: Machine) -> None:
            kept = m.stack.pop()
            m.in_guard = True
            value = m.load(place, kept)
            if not run(m, {"VAL": value}):
                raise Blocked
            m.in_guard = False
            if m.only_guards and guards:
                raise GuardsDone
            m.stack.append(value)

        guards = guarded or not self.atomic
        self.leads = self.leads or guards
        self.emit(go, step=True, reads=place.reads | test.reads, guarded=guards)
        return values.read_type(place.type)

    def _call(self, e: ast.Call | ast.MethodCall, scope: Scope, guarded: bool) -> Type:
        expressions = self.frame.expressions
        if isinstance(e, ast.Call) and e.name in self.world.routines:
            return self._routine(self.world.routines[e.name], e.arguments, scope, guarded)
        if (known := expressions.as_function(e)) is not None:
            types = [self.value(a, scope) for a in known[1]]
            parts = [Pure(lambda m, b, i=i: b[i], t) for i, t in enumerate(types)]  # type: ignore[misc]
            made = expressions.function(known[0], tuple(parts), self.frame.name)
            if made is None:
                raise Unsupported(known[0])
            run = made.run
            self.take(len(types), lambda m, found: run(m, dict(enumerate(found))))  # type: ignore[arg-type]
            return made.type
        if isinstance(e, ast.Call):
            if e.name in names.LOADS:
                return self.value(names.bare(e.arguments[0]), scope)
            if e.name in names.STORES:
                self.assign(names.bare(e.arguments[0]), e.arguments[1], scope)
                self.push_constant(None)
                return VOID
            if names.BARRIERS.match(e.name):
                self.push_constant(None)
                return VOID
            if e.name.startswith("smp_cond_load"):
                return self._cond_load(names.bare(e.arguments[0]), e.arguments[1], scope, guarded)
            if e.name in ("touch", "free", "kfree"):
                object_ = self.value(names.bare(e.arguments[0]), scope).name
                kind = e.name
                if kind == "touch":
                    self.take(1, lambda m, found: m.touch(object_, found[0]), step=True)
                else:
                    freeing = self._freeing(object_, kind == "kfree")
                    self.take(1, freeing, step=True, event=("free", object_))
                return VOID
            if e.name == "nr":
                self.push(expressions.pure(e, scope))
                return INT
        primitive = names.primitive(e)
        if primitive is None:
            raise Unsupported(f"the call of {e.name if isinstance(e, ast.Call) else e.method}")
        place = self.place(primitive.place, scope)
        for argument in primitive.arguments:
            self.value(argument, scope)
        act, type_ = expressions.operation(primitive.name, place)
        reads = place.keeps if primitive.name == "held" else place.reads
        self.take(
            1 + len(primitive.arguments),
            lambda m, found: act(m, found[0], found[1:]),
            step=primitive.name != "held",
            reads=reads,
        )
        return type_

    # --------------------------------------------------------------------------------------- calls

    def local(self, name: str, type_: Type, subject: str) -> Binding:
        self.locals += 1
        return Binding("local", type_, self.locals, subject)

    def _routine(
        self, routine: ast.InlineDecl | ast.CallbackDecl, arguments: tuple[ast.Expr, ...], scope: Scope, guarded: bool
    ) -> Type:
        if any(routine.name == called for _, called in self.frame.calls):
            raise Unsupported("recursion")
        inner, bindings = Scope(), []
        for parameter, argument in zip(routine.parameters, arguments, strict=True):
            subject = f"{routine.name}.{parameter.name}"
            if parameter.by_reference:
                place = self.place(argument, scope)
                self.locals += 1
                number = frozenset({self.locals})
                kept = replace(place, reads=place.reads | number, keeps=place.keeps | number)
                binding = Binding("kept", place.type, self.locals, subject, kept)
            else:
                self.value(argument, scope)
                binding = self.local(parameter.name, self.world.type(parameter.type), subject)
            inner[parameter.name] = binding
            bindings.append(binding)

        def give(m: Machine) -> None:
            base = len(m.stack) - len(bindings)
            found = m.stack[base:]
            del m.stack[base:]
            for binding, value in zip(bindings, found, strict=True):
                fits = value if binding.kind == "kept" else values.fit(value, binding.type, binding.subject)
                m.locals[binding.number,] = fits

        self.emit(give, kills=frozenset(b.number for b in bindings))
        parameters = Expressions(self.world, routine.name)
        read = [parameters.pure(ast.Name(p.name), inner) for p in routine.parameters]
        reads = frozenset().union(*(p.reads for p in read))
        if isinstance(routine, ast.CallbackDecl):
            self._called(routine, inner, read, reads)
        end = Target()
        around = (self.frame.around, routine.name)
        result = self.world.type(routine.result) if routine.result else None
        self.first = guarded
        self.text(routine.name, routine.body, inner, (*self.frame.calls, around), result, end)
        self.put(end)
        if isinstance(routine, ast.CallbackDecl):
            name = routine.name

            def left(m: Machine) -> None:
                if name in self.world.watched:
                    m.event("return", name, (*(p.run(m, {}) for p in read), m.stack[-1]))

            asked = reads if name in self.world.watched else NOBODY
            self.emit(left, reads=asked).events = frozenset({("return", name)})
        return result or VOID

    def _called(self, routine: ast.CallbackDecl, inner: Scope, read: list[Pure], reads: frozenset[int]) -> None:
        """``requires``, and the event ``call``."""
        required = Expressions(self.world, routine.name).pure(routine.requires, inner) if routine.requires else None
        sleeps, name, spinning = routine.sleeps, routine.name, self.frame.expressions.spinning()

        def go(m: Machine) -> None:
            if required is not None:
                m.quiet = True
                met = required.run(m, {})
                m.quiet = False
                if not met:
                    m.observe("requires", name)
            if sleeps:
                m.sleeps(name, spinning)
                m.not_running(wakes=False)
            m.event("call", name, tuple(p.run(m, {}) for p in read))

        made = self.emit(go, reads=reads | (required.reads if required else NOBODY))
        made.events = frozenset({("call", name)})

    def assign(self, target: ast.Expr, value: ast.Expr, scope: Scope, guarded: bool = False) -> None:
        place = self.place(target, scope)
        self.value(value, scope, guarded)
        self.store(place, whole(target, scope))


def _index(m: Machine) -> None:
    value = m.stack.pop()
    root, base, path = m.stack.pop()
    m.stack.append((root, base, (*path, value.number if isinstance(value, values.Vector) else value)))


def _part(name: str) -> Callable[[Machine], None]:
    def go(m: Machine) -> None:
        root, base, path = m.stack.pop()
        m.stack.append((root, base, (*path, name)))

    return go


def _field(name: str) -> Callable[[Machine], None]:
    def go(m: Machine) -> None:
        m.stack.append(("F", m.stack.pop(), (name,)))

    return go


def whole(target: ast.Expr, scope: Scope) -> bool:
    """Does an assignment give the local all of its value?"""
    return isinstance(target, ast.Name) and target.name in scope


def _simple(e: ast.Expr, world: World, scope: Scope) -> bool:
    """May it be local code as a whole? Calls and whatever branches are taken apart, others only if
    they read shared state.
    """
    for part in parts_of(e):
        match part:
            case ast.New() | ast.CondLoad() | ast.MethodCall() | ast.Prime() | ast.LabelPredicate():
                return False
            case ast.Call(name):
                if name not in ("some", "size", "empty", "nr", "the", "held"):
                    return False
            case ast.Binary("&&" | "||" | "=>") | ast.Conditional():
                return False
            case ast.Name(name) if name not in scope and name in world.shared:
                return False
            case ast.Member(base, _, _):
                inner = base
                while isinstance(inner, ast.Member | ast.Index):
                    inner = inner.base
                if not isinstance(inner, ast.Name):
                    return False
    return True
