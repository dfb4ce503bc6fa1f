"""The steps that there are in a state, and the guards of a next step (sections 1, 2 and 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from modelcheck.language.syntax import ast
from tests.third import names, values
from tests.third.applies import Occurrences, count_applies
from tests.third.code import Label
from tests.third.contexts import Contexts
from tests.third.expressions import Expressions
from tests.third.machine import GuardsDone, Key, Machine, Objects, Process, State
from tests.third.monitors import Count, May, Monitor, OnlyIf, Order
from tests.third.program import Program
from tests.third.terms import Pure, Scope
from tests.third.values import UNASSIGNED, Blocked, Fault, Literal, Type, Unsupported, Value
from tests.third.waiting import RUNNING, Waiting, declared
from tests.third.world import World, parts_of

#: Local code that is longer is taken for an endless one.
_LOCAL_STEPS = 20_000


class Read(NamedTuple):
    """What a guard reads amiss: through a stale reference to the slot, or what is unassigned."""

    kind: str
    subject: str
    slot: int


@dataclass
class Step:
    """One step as it was executed. ``after``: None if it ended in a fault."""

    process: int
    seen: list[tuple[str, str]]
    after: State | None
    left: frozenset[int]
    frees: list[tuple[tuple[str, int], State]]


def cells_of(world: World, type_: Type, key: Key) -> Iterator[tuple[Key, Type]]:
    if type_.kind == "array":
        assert type_.element is not None
        for index in type_.domain:
            yield from cells_of(world, type_.element, (*key, index))
    elif type_.kind == "struct":
        for f in world.structs[type_.name].fields:
            yield from cells_of(world, world.type(f.type), (*key, f.name))
    else:
        yield key, type_


def _given(world: World, type_: Type, value: ast.Expr | None, key: Key) -> Iterator[Key]:
    """The cells that are declared with an initial value."""
    if type_.kind == "array":
        assert type_.element is not None
        for index in type_.domain:
            yield from _given(world, type_.element, value, (*key, index))
    elif type_.kind == "struct":
        for f in world.structs[type_.name].fields:
            yield from _given(world, world.type(f.type), f.value, (*key, f.name))
    elif value is not None and not isinstance(value, ast.UninitLit):
        yield key


class Scenario:
    """One scenario: its programs, properties and steps."""

    def __init__(self, spec: ast.Spec, scenario: str | None) -> None:
        self.world = world = World(declared(spec), scenario)
        self.labels: list[Label] = []
        self.programs = {
            name: Waiting(world, world.processes[name], self.labels)
            for name in {i.process.name: 0 for i in world.instances}
        }
        for program in self.programs.values():
            program.finish()
        self.starts = [self.programs[i.process.name] for i in world.instances]
        self.contexts = Contexts(world)
        self._layout()
        self._properties()
        self._applicable()

    # ------------------------------------------------------------------------------------ memory

    def _layout(self) -> None:
        world = self.world
        cells: list[tuple[Key, Type]] = []
        for shared in world.shared.values():
            cells += cells_of(world, world.type(shared.type), ("S", shared.name))
        slots = {o.name: world.constant(o.pool) for o in world.objects.values()}
        fields: dict[tuple[str, int], tuple[tuple[Key, Type], ...]] = {}
        zeros: set[Key] = set()
        for o in world.objects.values():
            for slot in range(slots[o.name]):
                mine: list[tuple[Key, Type]] = []
                for f in o.fields:
                    key = ("F", o.name, slot, f.name)
                    mine += cells_of(world, world.type(f.type), key)
                    if o.typestable:
                        zeros |= set(_given(world, world.type(f.type), f.value, key))
                fields[o.name, slot] = tuple(mine)
                cells += mine
        typestable = frozenset(o.name for o in world.objects.values() if o.typestable)
        self.objects = Objects(slots, typestable, fields)
        self.initial: dict[Key, Value] = {}
        for key, type_ in cells:
            born = type_.kind in ("atomic", "lock") and (key[0] == "S" or key[1] in typestable)
            self.initial[key] = values.zero(type_) if born or key in zeros else UNASSIGNED
            if type_.kind == "atomic":
                self.initial["Z", *key] = False
        self.initial |= self.contexts.kept
        self.keys = tuple(self.initial)

    def machine(self, state: State) -> Machine:
        m = Machine(self.keys, self.objects, list(state.processes))
        m.memory = dict(zip(self.keys, state.memory, strict=True))
        m.allocated = set(state.allocated)
        m.monitors = dict(state.monitors)
        m.self_values = self.selves
        m.watch = self._event
        m.renew = self._renew
        m.must_not_sleep, m.task_state = self._must_not_sleep, self._task_state
        return m

    def _state(self, m: Machine) -> State:
        return State(
            tuple(m.memory[key] for key in self.keys),
            frozenset(m.allocated),
            tuple(m.processes),
            frozenset(m.monitors.items()),
        )

    # -------------------------------------------------------------------------------- properties

    def _properties(self) -> None:
        world = self.world
        self.selves = tuple(i.value for i in world.instances)
        expressions = Expressions(world, "", self._label_question)
        self.monitors: list[Monitor] = []
        self.mays: list[May] = []
        self.plain: list[tuple[ast.PropertyDecl, Pure, bool]] = []
        self.claims: list[tuple[str, str, tuple[tuple[str, ...], ...]]] = []
        for item in world.items:
            match item:
                case ast.CountDecl():
                    self.monitors.append(Count(world, item))
                case ast.OrderDecl():
                    self.monitors.append(Order(world, item))
                case ast.OnlyIfDecl():
                    self.monitors.append(OnlyIf(world, item, expressions))
                case ast.PropertyDecl(ast.PropertyKind.MAY):
                    self.mays.append(May(world, item, expressions))
                case ast.PropertyDecl():
                    of_step = any(
                        isinstance(p, ast.Prime)
                        or (isinstance(p, ast.LabelPredicate) and p.question is ast.LabelQuestion.AFTER)
                        for p in parts_of(item.expression)
                    )
                    self.plain.append((item, expressions.pure(item.expression, {}), of_step))
                case ast.ObligationDecl():
                    for target in item.targets:
                        kind = {"null_access": "null_deref", "uninit": "unassigned_read"}.get(target.kind, target.kind)
                        self.claims.append((item.name, kind, target.subjects))

    def _label_question(self, e: ast.LabelPredicate, expressions: Expressions, scope: Scope) -> Any:
        asked = [(path, self._uses(path)) for path in e.labels]
        replicas = [expressions.pure(path.replica, scope) if path.replica is not None else None for path in e.labels]
        positions: dict[int, dict[str, frozenset[int]]] | None = None

        def matches(m: Machine, b: dict[str, Value], process: int) -> bool:
            nonlocal positions
            if positions is None:
                positions = {}
                for i, (_, uses) in enumerate(asked):
                    positions[i] = {}
                    for use in uses:
                        steps = self.programs[use.process].first_steps(use.target)
                        positions[i][use.process] = positions[i].get(use.process, frozenset()) | steps
            instance = self.world.instances[process]
            for i, replica in enumerate(replicas):
                if replica is not None and values.ordinal(replica.run(m, b)) != instance.number:
                    continue
                if e.question is ast.LabelQuestion.AFTER:
                    if m.after[0] == process and any(use.number in m.after[1] for use in asked[i][1]):
                        return True
                elif m.processes[process].pc in positions[i].get(instance.process.name, frozenset()):
                    return True
            return False

        def run(m: Machine, b: dict[str, Value]) -> Value:
            count = sum(matches(m, b, p) for p in range(len(self.world.instances)))
            return count if e.question is ast.LabelQuestion.COUNT_AT else count > 0

        return run

    def _uses(self, path: ast.LabelPath) -> list[Label]:
        """The uses of a label that a path means."""
        found = []
        for label in self.labels:
            if label.name != path.label or label.in_atomic:
                continue
            calls = label.calls
            if path.owner != label.process:
                starts = [i for i, (_, name) in enumerate(calls) if name == path.owner]
                if not starts:
                    continue
                calls = calls[starts[-1] + 1 :]
            if _leads(path.path, calls):
                found.append(label)
        return found

    def _applicable(self) -> None:
        """Find the properties that do not apply, and those of which this is not known."""
        found = Occurrences(self.world, self.programs)
        answers: dict[str, bool | None] = {}
        for monitor in self.monitors:
            match monitor:
                case Count():
                    per = monitor.per.name if monitor.per else None
                    answers[monitor.name] = count_applies(found, monitor.node, monitor.counted.name, per)
                case Order():
                    answers[monitor.name] = found.occurs(monitor.node.second, monitor.second.name)
                case OnlyIf():
                    reached = found.labels_reached(monitor.node.condition, self._uses)
                    answers[monitor.name] = reached and found.occurs(monitor.node.event, monitor.pattern.name)
        for may in self.mays:
            asked = may.node is None or found.occurs(may.node, may.pattern.name if may.pattern else None)
            answers[may.name] = asked and found.labels_reached(may.expression, self._uses)
        for node, _, _ in self.plain:
            answers[node.name] = found.labels_reached(node.expression, self._uses)
        self.idle = frozenset(name for name, answer in answers.items() if answer is False)
        self.doubtful = frozenset(name for name, answer in answers.items() if answer is None)

    # ------------------------------------------------------------------------------------- events

    def _event(self, m: Machine, kind: str, name: str, arguments: tuple[Value, ...]) -> None:
        if self.silent:
            return
        for monitor in self.monitors:
            monitor.event(m, kind, name, arguments, _violate)
        for may in self.mays:
            if may.event(m, kind, name, arguments):
                m.seen.append(("", may.name))

    def _renew(self, m: Machine, object_: str, slot: int) -> None:
        for monitor in self.monitors:
            monitor.renew(m, object_, slot, _violate)

    # --------------------------------------------------------------------------------------- steps

    def _run(self, m: Machine, program: Program, pc: int, left: set[int]) -> int:
        """Execute the instruction at ``pc`` and the local code after it. Returns where that ends."""
        code, origin = program.code, program.code[pc].labels
        for _ in range(_LOCAL_STEPS):
            target = code[pc].run(m)
            left |= origin & code[pc].leaves
            pc = pc + 1 if target is None else target.pc
            left |= origin - code[pc].labels
            if code[pc].step:
                return pc
        raise Unsupported("a local cycle")

    def _rest(self, m: Machine, program: Program, pc: int) -> Process:
        """The process as it waits for its next step."""
        if pc == len(program.code) - 1:
            return Process(-1, False, frozenset(), (), frozenset(m.held))
        live = program.live[pc]
        kept = frozenset((key, value) for key, value in m.locals.items() if key[0] in live and value != UNASSIGNED)
        return Process(pc, m.resting, kept, tuple(m.stack), frozenset(m.held), m.round)

    def _begin(self, state: State, process: int) -> Machine:
        m = self.machine(state)
        mine = state.processes[process]
        m.current = process
        m.locals, m.stack, m.held = dict(mine.locals), list(mine.stack), set(mine.held)
        return m

    def _provided(self, m: Machine, program: Program) -> bool:
        if not self.contexts.provided(m, self.world.instances[m.current].process.name):
            return False
        return program.provided is None or bool(program.provided.run(m, {}))

    def _must_not_sleep(self, m: Machine) -> bool:
        return m.current >= 0 and self.contexts.must_not_sleep(m, self.world.instances[m.current].process.name)

    def _task_state(self, m: Machine) -> tuple[str, Key, Value] | None:
        """The class of the process that moves, where its task state is, and TASK_RUNNING; None if it has none."""
        if m.current < 0:
            return None
        name = self.world.instances[m.current].process.name
        key: Key = ("S", f"{name}_state", m.self_values[m.current])
        value = m.memory.get(key)
        has_one = isinstance(value, Literal) and value.kind == RUNNING.kind
        return (name, key, RUNNING) if has_one else None

    def steps(self, state: State, process: int) -> Iterator[Step]:
        """All steps of a process in a state."""
        mine, program = state.processes[process], self.starts[process]
        if mine.pc < 0:
            return
        scripts: list[tuple[int, ...]] = [()]
        while scripts:
            m = self._begin(state, process)
            m.script = scripts.pop()
            left: set[int] = set()
            after = None
            try:
                if not self._provided(m, program):
                    return
                pc = self._run(m, program, mine.pc, left)
                m.processes[process] = self._rest(m, program, pc)
                if pc == len(program.code) - 1:
                    left |= program.code[mine.pc].labels
                after = self._close(m)
            except Blocked:
                scripts += m.alternatives
                continue
            except Fault as fault:
                m.seen.append((fault.kind, fault.subject))
            scripts += m.alternatives
            yield Step(process, m.seen, after, frozenset(left), m.frees)

    def _close(self, m: Machine) -> State:
        """The state that a step ends in: the bits of ``may`` are set in it."""
        m.current = -1
        m.quiet = m.anybody = True
        for may in self.mays:
            if may.state(m):
                m.seen.append(("", may.name))
        return self._state(m)

    def guards(
        self, state: State, process: int, local: Process | None = None
    ) -> dict[tuple[int, ...], tuple[bool, set[Read]]]:
        """The guards of the next step: name -> (is it true, what it reads amiss). ``local``: another local state."""
        mine, program = local or state.processes[process], self.starts[process]
        if mine.pc < 0 or not program.code[mine.pc].guarded:
            return {}
        reads: dict[tuple[int, ...], set[Read]] = {}
        true: list[tuple[int, ...]] = []
        names: set[tuple[int, ...]] = set()
        scripts: list[tuple[int, ...]] = [()]
        while scripts:
            m = self._begin(state, process)
            m.locals, m.stack = dict(mine.locals), list(mine.stack)
            m.script, m.only_guards = scripts.pop(), True
            try:
                if not self._provided(m, program):
                    return {}
                m.seen.clear()
                self._run(m, program, mine.pc, set())
            except GuardsDone:
                true.append(tuple(m.choices))
            except (Blocked, Fault):
                pass
            scripts += m.alternatives
            names.add(tuple(m.choices))
            for name, kind, subject, slot in m.guard_reads:
                reads.setdefault(name, set()).add(Read(kind, subject, slot))
        return {
            name: (any(t[: len(name)] == name for t in true), reads.get(name, set())) for name in names | set(reads)
        }

    def start(self) -> tuple[State | None, list[tuple[str, str]]]:
        """The initial state (None if the run ends before), and what was seen on the way."""
        world = self.world
        blocks = [world.inits[name] for name in world.init_blocks]
        replaced = {name for block in blocks for name in _assigned(block.body)}
        m = Machine(self.keys, self.objects, [Process(0, False, frozenset(), (), frozenset()) for _ in world.instances])
        m.memory, m.lowest_slot, m.self_values = dict(self.initial), True, self.selves
        m.watch, m.renew, m.must_not_sleep = self._event, None, self._must_not_sleep
        m.task_state = self._task_state
        self.silent = True
        try:
            outside = Expressions(world, "")
            for shared in world.shared.values():
                type_ = world.type(shared.type)
                if type_.kind == "struct" or (shared.value is not None and shared.name not in replaced):
                    outside.fill(type_, shared.value, shared.name)(m, m.memory, ("S", shared.name))
                elif type_.kind == "array":
                    outside.fill(type_, None, shared.name)(m, m.memory, ("S", shared.name))
            for block in blocks:
                program = Waiting(world, None, [])
                program.init(block)
                m.locals, m.stack, pc = {}, [], 0
                while pc < len(program.code):
                    target = program.code[pc].run(m)
                    pc = pc + 1 if target is None else target.pc
            self.silent = False
            m.renew, m.lowest_slot = self._renew, False
            for monitor in self.monitors:
                monitor.start(m)
            held = m.held
            for number, program in enumerate(self.starts):
                m.current, m.locals, m.stack, m.resting, m.round = number, {}, [], False, False
                m.held = set(m.processes[number].held)
                pc = 0 if program.code[0].step else self._run(m, program, 0, set())
                m.processes[number] = self._rest(m, program, pc)
            m.held = held
            return self._close(m), m.seen
        except Fault as fault:
            return None, [*m.seen, (fault.kind, fault.subject)]
        finally:
            self.silent = False


def _violate(m: Machine, name: str) -> None:
    m.seen.append(("", name))


def _assigned(body: ast.Block) -> Iterator[str]:
    """The variables that an init block assigns as a whole, at its top level."""
    own: set[str] = set()
    for statement in body.statements:
        while isinstance(statement, ast.Labelled):
            statement = statement.statement
        match statement:
            case ast.LocalDecl(name):
                own.add(name)
            case ast.Assign(ast.Name(name), _) if name not in own:
                yield name
            case ast.ExprStmt(ast.Call(spelling, (place, _))) if spelling in names.STORES:
                if isinstance(target := names.bare(place), ast.Name) and target.name not in own:
                    yield target.name


def _leads(path: tuple[str, ...], calls: tuple[tuple[tuple[str, ...], str], ...]) -> bool:
    """Does a path name the calls, each by a label around it, its inline, or both?"""
    if not calls:
        return not path
    (labels, name), rest = calls[0], calls[1:]
    if not path:
        return False
    if path[0] in labels and (_leads(path[1:], rest) or (len(path) > 1 and path[1] == name and _leads(path[2:], rest))):
        return True
    return path[0] == name and _leads(path[1:], rest)
