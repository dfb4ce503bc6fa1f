"""Statements (section 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from modelcheck.language.syntax import ast
from tests.third import names, values
from tests.third.code import Block, Exit, Frame, Instruction, Label, Resting, Target
from tests.third.expressions import Expressions
from tests.third.machine import GuardsDone, Machine
from tests.third.operands import Operands, whole
from tests.third.terms import NOBODY, Binding, Pure, Scope
from tests.third.values import INT, Blocked, Type, Unsupported, Value
from tests.third.world import World


class Program(Operands):
    """The code of one process class, or of init blocks. ``labels``: the uses of labels, of all programs."""

    def __init__(self, world: World, process: ast.ProcessDecl | None, labels: list[Label]) -> None:
        super().__init__(world, process)
        self.labels = labels
        if process is not None:
            self.self_type = world.instance_type(process)
            self.process_text(process)
        self.provided: Pure | None = None
        if process is not None and process.provided is not None:
            self.provided = self._expressions(process.name).pure(process.provided, {})

    def process_text(self, process: ast.ProcessDecl) -> None:
        self.text(process.name, process.body, {}, (), None, self.end)

    def special(self, call: ast.Call, scope: Scope, first: bool) -> bool:
        """Compile a call that makes up a statement and means something of its own; False if it does not.
        ``first``: it may block, in ``atomic``.
        """
        return False

    def init(self, block: ast.InitDecl) -> None:
        end = Target()
        self.text(block.name, block.body, {}, (), None, end)
        self.put(end)

    def finish(self) -> None:
        self.put(self.end)
        self.emit(lambda m: None, step=True)
        self.code[-1].targets = ()
        self.live = self.liveness()

    def _expressions(self, owner: str) -> Expressions:
        made = Expressions(self.world, owner)
        made.self_type = self.self_type if self.process is not None else None
        return made

    def text(
        self,
        name: str,
        body: ast.Block,
        scope: Scope,
        calls: tuple[tuple[tuple[str, ...], str], ...],
        result: Type | None,
        end: Target,
    ) -> None:
        """The body of a process, inline or callback. It ends at ``end`` with (in a call) its result on the stack."""

        def compiled() -> None:
            self.statement(body, scope)
            if calls:
                self.push_constant(values.zero(result) if result else None)
                self.jump(end)

        self.in_frame(name, calls, result, end, compiled)

    def in_frame(
        self,
        name: str,
        calls: tuple[tuple[tuple[str, ...], str], ...],
        result: Type | None,
        end: Target,
        body: Callable[[], None],
    ) -> None:
        """Compile something in a frame of its own. ``end``: where ``return`` leads to."""
        outer, exits, loops = self.frame, self.exits, self.loops
        self.frame = Frame(name, self._expressions(name), calls, result, end, len(self.chain))
        self.exits, self.loops = [], 0
        body()
        for label, instruction, chain in self.frame.jumps:
            self._resolve(label, instruction, chain)
        self.frame, self.exits, self.loops = outer, exits, loops

    def _resolve(self, label: str, instruction: Instruction, chain: tuple[Any, ...]) -> None:
        """Make a ``goto`` go: leave what encloses only it, enter what encloses only the label."""
        target, there, number = self.frame.labels[label]
        common = 0
        while common < min(len(chain), len(there)) and chain[common] is there[common]:
            common += 1
        leaves = any(isinstance(part, Resting) for part in chain[common:])
        entered = [part for part in there[common:] if isinstance(part, Block)]

        def go(m: Machine) -> Target:
            if leaves:
                m.resting = m.round = False
            for block in entered:
                _enter(m, block)
            return target

        # A jump from inside a statement to just before it leaves it (and all labelled statements
        # inside, which have higher numbers).
        instruction.leaves = frozenset(inside for inside in instruction.labels if inside >= number)
        instruction.run, instruction.targets = go, (target,)
        instruction.kills = frozenset(number for block in entered for number in block.numbers)

    # --------------------------------------------------------------------------------- statements

    def statement(self, s: ast.Stmt, scope: Scope) -> None:
        """A statement in a block of its own scope, unless it is a block's element: then see ``_block``."""
        self._block((s,) if not isinstance(s, ast.Block) else s.statements, scope)

    @contextmanager
    def _entered(self, block: Block) -> Iterator[None]:
        chain = self.chain
        self.chain = (*chain, block)
        instruction = self.emit(lambda m: _enter(m, block))
        yield
        instruction.kills = frozenset(block.numbers)
        self.chain = chain

    def _block(self, statements: tuple[ast.Stmt, ...], scope: Scope) -> None:
        scope = dict(scope)
        block = Block()
        with self._entered(block):
            for s in statements:
                self._one(s, scope, block)

    def _declare(self, name: str, type_: Type, scope: Scope, block: Block) -> Binding:
        binding = self.local(name, type_, f"{self.frame.name}.{name}")
        scope[name] = binding
        block.numbers.append(binding.number)
        if type_.kind in ("struct", "array"):
            fill, number = self.frame.expressions.fill(type_, None, binding.subject), binding.number
            block.structs.append(lambda m: fill(m, m.locals, (number,)))
        return binding

    def _one(self, s: ast.Stmt, scope: Scope, block: Block) -> None:
        first, nested = self.first, not isinstance(s, ast.Block | ast.Labelled | ast.Empty)
        if nested and not (isinstance(s, ast.LocalDecl) and s.value is None):
            self.first = False
        match s:
            case ast.ExprStmt(ast.Call() as call) if self.special(call, scope, first):
                pass
            case ast.Empty():
                pass
            case ast.Block(statements):
                self._block(statements, scope)
            case ast.Labelled(label, statement):
                self._labelled(label, statement, scope, block)
            case ast.LocalDecl(name, node, value):
                if value is None or isinstance(value, ast.UninitLit):
                    assert node is not None
                    self._declare(name, self.world.type(node), scope, block)
                else:
                    type_ = self.value(value, scope, first and isinstance(value, ast.CondLoad | ast.Call))
                    type_ = self.world.type(node) if node is not None else type_
                    self._keep(self._declare(name, type_, scope, block))
            case ast.Assign(target, value):
                self.assign(target, value, scope, first and isinstance(value, ast.CondLoad | ast.Call))
            case ast.CompoundAssign(target, operator, value):
                place = self.place(target, scope)
                self.emit(lambda m: m.stack.append(m.stack[-1]))
                self.load(place)
                self.value(value, scope)
                owner = self.frame.name
                self.two(lambda m, a, b: values.binary(operator, a, b, owner, m.quiet))
                self.store(place, whole(target, scope))
            case ast.ExprStmt(ast.MethodCall(base, "add" | "remove" as method, (element,))) if self._is_set(
                base, scope
            ):
                changed = ast.CompoundAssign(base, "|" if method == "add" else "-", ast.SetLit((element,)))
                self._one(changed, scope, block)
            case ast.ExprStmt(ast.Call(name, (bit, target))) if (
                name in names.PLAIN_BITS and name not in self.world.routines
            ):
                operator, inverted = names.PLAIN_BITS[name]
                mask = self.frame.expressions.mask(bit, scope)
                mask = ast.Unary("~", mask) if inverted else mask
                self._one(ast.CompoundAssign(names.bare(target), operator, mask), scope, block)
            case ast.ExprStmt(expression):
                self.value(expression, scope, first)
                self.emit(_pop)
            case ast.If(condition, then, otherwise):
                yes, no, end = Target(), Target(), Target()
                self.decide(condition, yes, no, scope)
                self.put(yes)
                self.statement(then, scope)
                self.jump(end)
                self.put(no)
                if otherwise is not None:
                    self.statement(otherwise, scope)
                self.put(end)
            case ast.While(condition, body) | ast.DoWhile(body, condition) if self._always(condition, scope):
                self._forever(body, ast.LoopKind.PLAIN, scope)
            case ast.While(condition, body):
                head, inside, end = self.here(), Target(), Target()
                self.decide(condition, inside, end, scope)
                self.put(inside)
                self._loop(body, scope, end, head)
                self.jump(head)
                self.put(end)
            case ast.DoWhile(body, condition):
                head, test, end = self.here(), Target(), Target()
                never = self.frame.expressions.constant(condition, scope) is False
                self._loop(body, scope, end, test, 0 if never else 1)
                self.put(test)
                self.decide(condition, head, end, scope)
                self.put(end)
            case ast.Loop(body, kind):
                self._forever(body, kind, scope)
            case ast.For(variable, domain, body):
                self._for(variable, domain, body, scope)
            case ast.Goto(label):
                self.frame.jumps.append((label, self.emit(lambda m: None), self.chain))
            case ast.Break() | ast.Continue():
                wanted = "break" if isinstance(s, ast.Break) else "continue"
                exit_ = next(e for e in reversed(self.exits) if e.kind == wanted)
                self.leave(exit_.target, exit_.depth)
            case ast.Return(value):
                self._return(value, scope, first and isinstance(value, ast.CondLoad | ast.Call))
            case ast.When(branches):
                self._when(branches, scope, first)
            case ast.Atomic(guard, body):
                self._atomic(guard, body, scope, first)
            case ast.Choose(branches):
                self._choose(branches, scope)
            case ast.PickStmt(variable, domain, where):
                self._pick(variable, domain, where, scope, block, first)
            case ast.Emit(event, arguments):
                for argument in arguments:
                    self.value(argument, scope)
                types = [self.world.type(p.type) for p in self.world.events[event].parameters]
                self.take(
                    len(arguments),
                    lambda m, found: m.event("event", event, tuple(map(values.adapt, found, types))),
                    step=True,
                    event=("event", event),
                )
                self.emit(_pop)
            case ast.Assert(kind, name, condition):
                self._assert(kind, name, condition, scope)
            case _:
                raise Unsupported(type(s).__name__)

    def _is_set(self, e: ast.Expr, scope: Scope) -> bool:
        return self.frame.expressions.is_place(e, scope) and self.type_of(e, scope).kind == "set"

    def _keep(self, binding: Binding) -> None:
        def go(m: Machine) -> None:
            m.locals[binding.number,] = values.fit(m.stack.pop(), binding.type, binding.subject)

        self.emit(go, kills=frozenset({binding.number}))

    def _labelled(self, label: str, statement: ast.Stmt, scope: Scope, block: Block) -> None:
        here = self.here()
        self.frame.labels[label] = (here, self.chain, len(self.labels))
        process = self.process.name if self.process else ""
        made = Label(len(self.labels), process, self.frame.name, self.frame.calls, label, here, self.atomic > 0)
        self.labels.append(made)
        around, opened = self.frame.around, self.open
        self.frame.around, self.open = (*around, label), opened | {made.number}
        self._one(statement, scope, block)
        self.frame.around, self.open = around, opened

    def _return(self, value: ast.Expr | None, scope: Scope, guarded: bool) -> None:
        frame = self.frame
        if frame.calls:
            if value is None:
                self.push_constant(None)
            else:
                self.value(value, scope, guarded)
                result, subject = frame.result, f"{frame.name}.result"
                if result is not None:
                    wanted = result
                    self._top(lambda m, v: values.fit(v, wanted, subject))
        self.leave(frame.end, frame.depth)

    def _always(self, condition: ast.Expr, scope: Scope) -> bool:
        """Is a loop with that condition a plain ``loop``?"""
        return self.frame.expressions.constant(condition, scope) is True

    def _loop(self, body: ast.Stmt, scope: Scope, end: Target, again: Target, deep: int = 1) -> None:
        self.exits += [Exit("break", end, len(self.chain)), Exit("continue", again, len(self.chain))]
        self.loops += deep
        self.statement(body, scope)
        self.loops -= deep
        del self.exits[-2:]

    def _forever(self, body: ast.Stmt, kind: ast.LoopKind, scope: Scope) -> None:
        server = self.process is not None and self.process.server and not self.frame.calls
        plain = kind is ast.LoopKind.PLAIN
        rests = kind is ast.LoopKind.QUIESCENT or (plain and server and self.loops == 0)
        head, end = self.here(), Target()
        chain = self.chain
        self.exits.append(Exit("break", end, len(chain)))
        if rests:
            self.rest(True)
        if kind is ast.LoopKind.ENDLESS:
            self.go_round()
        if rests or not plain:
            self.chain = (*chain, Resting())
        self.exits.append(Exit("continue", head, len(self.chain)))
        self.loops += 1
        self.statement(body, scope)
        self.loops -= 1
        self.jump(head)
        self.chain = chain
        del self.exits[-2:]
        self.put(end)

    def _for(self, variable: str, domain: ast.Expr, body: ast.Stmt, scope: Scope) -> None:
        found = self.world.static_domain(domain)
        if found is None:
            self._for_objects(variable, domain, body, scope)
            return
        if not found:
            return
        block, scope = Block(), dict(scope)
        with self._entered(block):
            binding = self._declare(variable, self.world.domain_type(domain), scope, block)
            number, last = binding.number, found[-1]
            after = dict(pairwise(found))
            reads = Expressions(self.world, self.frame.name).pure(ast.Name(variable), {variable: binding})

            def start(m: Machine) -> None:
                m.locals[number,] = found[0]

            def following(m: Machine) -> None:
                m.locals[number,] = after.get(reads.run(m, {}), found[0])

            self.emit(start, kills=frozenset({number}))
            head, more, step, end = self.here(), Target(), Target(), Target()
            self._loop(body, scope, end, step)
            self.put(step)
            self.emit(
                lambda m: end if reads.run(m, {}) == last else more, targets=(end, more), reads=frozenset({number})
            )
            self.put(more)
            self.emit(following, reads=frozenset({number}), kills=frozenset({number}))
            self.jump(head)
            self.put(end)

    def _for_objects(self, variable: str, domain: ast.Expr, body: ast.Stmt, scope: Scope) -> None:
        """``x = null; for (i in 0..pool-1) { x = next(x); if (x == null) break; B }``"""
        if not isinstance(domain, ast.Name) or domain.name not in self.world.objects:
            raise Unsupported("for over a domain that is not fixed")
        slots = self.world.constant(self.world.objects[domain.name].pool)
        members, type = self.frame.expressions.domain(domain, scope)
        block, scope = Block(), dict(scope)
        with self._entered(block):
            number = self._declare(variable, type, scope, block).number
            turn = self._declare(".turn", INT, scope, block).number

            def start(m: Machine) -> None:
                m.locals[number,] = None
                m.locals[turn,] = 0

            def following(m: Machine) -> None:
                here = m.locals[number,]
                above = [found for found in members.run(m, {}) if here is None or found.slot > here.slot]
                m.locals[number,] = above[0] if above else None

            def again(m: Machine) -> Target:
                m.locals[turn,] += 1
                return more if m.locals[turn,] < slots else end

            both = frozenset({number, turn})
            self.emit(start, kills=both)
            more, step, end, inside = self.here(), Target(), Target(), Target()
            self.emit(following, reads=frozenset({number}), kills=frozenset({number}))
            self.emit(
                lambda m: end if m.locals[number,] is None else inside,
                targets=(end, inside),
                reads=frozenset({number}),
            )
            self.put(inside)
            self._loop(body, scope, end, step)
            self.put(step)
            self.emit(again, targets=(more, end), reads=frozenset({turn}), kills=frozenset({turn}))
            self.put(end)

    def _guard(self, e: ast.Expr, scope: Scope) -> tuple[Callable[[Machine], None], frozenset[int]]:
        """What evaluates a guard and raises ``Blocked`` if it is false."""
        pure = self.frame.expressions.pure(e, scope)

        def go(m: Machine) -> None:
            m.in_guard = True
            if not pure.run(m, {}):
                raise Blocked
            m.in_guard = False

        return go, pure.reads

    def _when(self, branches: tuple[ast.WhenBranch, ...], scope: Scope, first: bool) -> None:
        guards = [self._guard(branch.guard, scope) for branch in branches]
        targets, end = [Target() for _ in branches], Target()
        asked = first or not self.atomic
        self.leads = self.leads or asked

        def go(m: Machine) -> Target:
            taken = m.choose(range(len(branches))) if len(branches) > 1 else 0
            guards[taken][0](m)
            if m.only_guards and asked:
                raise GuardsDone
            return targets[taken]

        reads = frozenset().union(*(r for _, r in guards))
        self.emit(go, step=True, targets=tuple(targets), reads=reads, guarded=asked)
        for branch, target in zip(branches, targets, strict=True):
            self.put(target)
            if branch.body is not None:
                self.statement(branch.body, scope)
            self.jump(end)
        self.put(end)

    def _atomic(self, guard: ast.Expr | None, body: ast.Block, scope: Scope, first: bool) -> None:
        test, reads = self._guard(guard, scope) if guard is not None else (None, NOBODY)
        asked, outer = first or not self.atomic, self.leads

        def go(m: Machine) -> None:
            if test is not None:
                test(m)
            if m.only_guards and asked and not leads:
                raise GuardsDone

        instruction = self.emit(go, step=True, reads=reads)
        self.atomic += 1
        self.first, self.leads = asked, False
        self.statement(body, scope)
        self.first, leads = False, self.leads
        instruction.guarded = asked and (leads or test is not None)
        self.leads = outer or instruction.guarded
        self.atomic -= 1

    def _choose(self, branches: tuple[ast.Block, ...], scope: Scope) -> None:
        targets, end = [Target() for _ in branches], Target()
        self.emit(lambda m: targets[m.choose(range(len(branches)))], step=True, targets=tuple(targets))
        for branch, target in zip(branches, targets, strict=True):
            self.put(target)
            self.statement(branch, scope)
            self.jump(end)
        self.put(end)

    def _pick(
        self, variable: str, domain: ast.Expr, where: ast.Expr | None, scope: Scope, block: Block, first: bool
    ) -> None:
        over, type_ = self.frame.expressions.domain(domain, scope)
        known = scope.get(variable)
        if known is None:
            known = self._declare(variable, type_, scope, block)
        bound = scope | {variable: Binding("bound", type_)}
        test = self.frame.expressions.pure(where, bound) if where is not None else None
        asked = first or not self.atomic
        self.leads = self.leads or asked
        place = self.frame.expressions.place(ast.Name(variable), scope)
        pool = isinstance(domain, ast.Name) and domain.name not in scope and domain.name in self.world.objects

        def go(m: Machine) -> None:
            m.in_guard = True
            options = over.run(m, {})
            numbers = {_ordinal(value, i, pool): value for i, value in enumerate(options)}
            value = numbers[m.choose(list(numbers))]
            if test is not None and not test.run(m, {variable: value}):
                raise Blocked
            m.in_guard = False
            if m.only_guards and asked:
                raise GuardsDone
            m.store(place.place, place.run(m, {}), value)

        reads = over.reads | (test.reads if test else NOBODY) | place.place.keeps
        kills = frozenset({known.number}) if known.kind == "local" else NOBODY
        self.emit(go, step=True, reads=reads, kills=kills, guarded=asked)

    def _assert(self, kind: ast.AssertKind, name: str | None, e: ast.Expr, scope: Scope) -> None:
        pure = self.frame.expressions.pure(e, scope)
        wanted = kind is ast.AssertKind.ASSERT

        def go(m: Machine) -> None:
            if bool(pure.run(m, {})) != wanted:
                m.observe("assertion", name or "")

        self.emit(go, step=not pure.local, reads=pure.reads)


def _enter(m: Machine, block: Block) -> None:
    if block.numbers:
        gone = set(block.numbers)
        for key in [key for key in m.locals if key[0] in gone]:
            del m.locals[key]
        for fill in block.structs:
            fill(m)


def _pop(m: Machine) -> None:
    m.stack.pop()


def _ordinal(value: Value, position: int, pool: bool) -> int:
    """The number of a value of ``pick``: of an object in its pool its slot; in a set of references null is 0."""
    match value:
        case values.Address():
            return value.slot if pool else value.slot + 1
        case values.Literal():
            return value.ordinal
        case None:
            return 0
        case values.Option():
            return position
    return int(values.number(value))
