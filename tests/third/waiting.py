"""Wait queues and the states of tasks (section 5): what they declare, and what their operations are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from modelcheck.language.syntax import ast
from tests.third import names, values
from tests.third.contexts import InContext
from tests.third.machine import Key, Machine
from tests.third.terms import NOBODY, Scope, extended, field_place
from tests.third.values import Literal, Type, Unsupported, Value
from tests.third.world import parts_of

QUEUE = "wait_queue_head"
_STATES = ("TASK_RUNNING", "TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE")
_ENTRIES = ("WAIT_NONE", "WAIT_QUEUED", "WAIT_EXCLUSIVE", "WAIT_ADDED")
RUNNING, INTERRUPTIBLE, UNINTERRUPTIBLE = (Literal("task_state", i) for i in range(3))
NONE, QUEUED, EXCLUSIVE, ADDED = (Literal("wait_entry", i) for i in range(4))
_HOW_MANY = Type("range", low=0, high=3)

_SETS_STATE = frozenset({"set_current_state", "__set_current_state"})
#: How the entry becomes what it becomes.
_PREPARES = {"prepare_to_wait": QUEUED, "prepare_to_wait_exclusive": EXCLUSIVE}
_WAITS = {"wait_event": "prepare_to_wait", "wait_event_exclusive": "prepare_to_wait_exclusive"}
_QUEUES = frozenset({*_PREPARES, *_WAITS, "add_wait_queue"})
_OF_SELF = _QUEUES | _SETS_STATE | {"schedule", "remove_wait_queue", "finish_wait"}


@dataclass(frozen=True)
class WakeUp:
    """``sleeping``: the states that it ends; ``everybody``: exclusive waiters as well."""

    sleeping: tuple[Value, ...]
    everybody: bool


_BOTH = (INTERRUPTIBLE, UNINTERRUPTIBLE)
_WAKE_UPS = {
    "wake_up": WakeUp(_BOTH, False),
    "wake_up_nr": WakeUp(_BOTH, False),
    "wake_up_all": WakeUp(_BOTH, True),
    "wake_up_interruptible": WakeUp((INTERRUPTIBLE,), False),
    "wake_up_interruptible_all": WakeUp((INTERRUPTIBLE,), True),
}

# ---------------------------------------------------------------------------------- what is declared


def declared(spec: ast.Spec) -> ast.Spec:
    """The spec with what its operations on wait queues and task states declare in front of it."""
    routines = {item.name: item for item in spec.items if isinstance(item, ast.InlineDecl | ast.CallbackDecl)}
    waiting, queuing = [], []
    for item in spec.items:
        if isinstance(item, ast.ProcessDecl):
            called = set(_called(item.body, routines, set()))
            waiting += [item.name] if called & _OF_SELF else []
            queuing += [item.name] if called & _QUEUES else []
    if not waiting and not any(_is_queue(part) for part in parts_of(spec)):
        return spec
    made: list[ast.Item] = [ast.EnumDecl("task_state", _STATES), ast.EnumDecl("wait_entry", _ENTRIES)]
    head = ast.FieldDecl("head", ast.NamedType("bool"), ast.BoolLit(False))
    entries = (ast.FieldDecl(p, _one_each("wait_entry", p), ast.Name("WAIT_NONE")) for p in queuing)
    made.append(ast.StructDecl(QUEUE, (head, *entries)))
    made += [ast.SharedDecl(f"{p}_state", _one_each("task_state", p), ast.Name("TASK_RUNNING")) for p in waiting]
    in_field = any(
        _is_queue(field.type) or any(_is_queue(part) for part in parts_of(field.type))
        for item in spec.items
        if isinstance(item, ast.ObjectDecl | ast.StructDecl)
        for field in item.fields
    )
    how_many = ast.RangeTypeNode(ast.IntLit(0), ast.IntLit(3))
    if in_field:
        made += [
            ast.SharedDecl(f"{p}_queued", ast.ArrayTypeNode(how_many, ast.NamedType(p)), ast.IntLit(0)) for p in queuing
        ]
    return replace(spec, items=(*made, *spec.items))


def _one_each(enum: str, process: str) -> ast.TypeNode:
    return ast.ArrayTypeNode(ast.NamedType(enum), ast.NamedType(process))


def _is_queue(part: object) -> bool:
    return isinstance(part, ast.NamedType) and part.name == QUEUE


def _called(body: ast.Block, routines: dict[str, ast.InlineDecl | ast.CallbackDecl], seen: set[str]) -> Iterator[str]:
    """The names of all that a body calls and the spec does not declare; through what it does declare."""
    for part in parts_of(body):
        if not isinstance(part, ast.Call):
            continue
        if part.name not in routines:
            yield part.name
        elif part.name not in seen:
            seen.add(part.name)
            yield from _called(routines[part.name].body, routines, seen)


# ------------------------------------------------------------------------------------- what is done


class Waiting(InContext):
    """The code of a process class that may wait."""

    hidden = 0

    def special(self, call: ast.Call, scope: Scope, first: bool) -> bool:
        name = call.name
        if name in self.world.routines or name not in _OF_SELF | set(_WAKE_UPS) | {"wake_up_process"}:
            return super().special(call, scope, first)
        if name == "wake_up_process":
            self._wake(call.arguments[0], scope)
        elif name in _WAKE_UPS:
            self._wake_up(_WAKE_UPS[name], call, scope)
        elif self.process is None:
            raise Unsupported(f"{name} in init")
        elif name in _SETS_STATE:
            self.assign(self._state(), call.arguments[0], scope)
        elif name == "schedule":
            self._sleeps("schedule")
            self.statement(self._until_woken(), scope)
        elif name in _WAITS:
            self._wait_event(call, scope)
        else:
            self._on_entry(call, scope)
        return True

    # --------------------------------------------------------------------------------- of the process

    def _owner(self) -> str:
        assert self.process is not None
        return self.process.name

    def _state(self) -> ast.Expr:
        return ast.Index(ast.Name(f"{self._owner()}_state"), ast.Name("self"))

    def _is_woken(self) -> ast.Expr:
        return ast.Binary("==", self._state(), ast.Name("TASK_RUNNING"))

    def _until_woken(self) -> ast.Stmt:
        return ast.When((ast.WhenBranch(self._is_woken(), None),))

    def _sleeps(self, subject: str) -> None:
        """What calling a callback with ``sleeps`` does."""
        spinning = self.frame.expressions.spinning()

        def go(m: Machine) -> None:
            m.sleeps(subject, spinning)
            if subject != "schedule":
                m.not_running(wakes=False)

        self.emit(go)

    def _wake(self, task: ast.Expr, scope: Scope) -> None:
        type_ = self.frame.expressions.pure(task, scope).type
        classes = [
            name
            for name, process in self.world.processes.items()
            if f"{name}_state" in self.world.shared and self.world.instance_type(process) == type_
        ]
        if len(classes) != 1:
            raise Unsupported("a task of which the class is not known")
        self.assign(ast.Index(ast.Name(f"{classes[0]}_state"), task), ast.Name("TASK_RUNNING"), scope)

    def _forever(self, body: ast.Stmt, kind: ast.LoopKind, scope: Scope) -> None:
        own = not self.frame.calls
        self.forever += own
        super()._forever(body, kind, scope)
        self.forever -= own

    def _wait_event(self, call: ast.Call, scope: Scope) -> None:
        queue, condition = call.arguments
        self._sleeps("wait_event")
        self.hidden += 1
        again = f".again{self.hidden}"
        queue = names.bare(queue)
        prepare = ast.Call(_WAITS[call.name], (queue, ast.Name("TASK_UNINTERRUPTIBLE")))
        rests = self._owner_is_server() and self.forever > 0 and not self.frame.calls and _plain(condition)
        until = self._asleep(condition) if rests else self._until_woken()
        self.statement(
            ast.If(
                ast.Unary("!", condition),
                ast.Block(
                    (
                        ast.Labelled(again, ast.ExprStmt(prepare)),
                        ast.If(ast.Unary("!", condition), ast.Block((until, ast.Goto(again))), None),
                        ast.ExprStmt(ast.Call("finish_wait", (queue,))),
                    )
                ),
                None,
            ),
            scope,
        )

    def _owner_is_server(self) -> bool:
        return self.process is not None and self.process.server

    def _asleep(self, condition: ast.Expr) -> ast.Stmt:
        """``loop quiescent { when (!asleep) { break; } or when (asleep && c) { when (!asleep) { break; }
        or when (!c); } }``
        """
        woken = ast.WhenBranch(self._is_woken(), ast.Block((ast.Break(),)))
        inner = ast.When((woken, ast.WhenBranch(ast.Unary("!", condition), None)))
        asleep = ast.Binary("!=", self._state(), ast.Name("TASK_RUNNING"))
        pending = ast.WhenBranch(ast.Binary("&&", asleep, condition), ast.Block((inner,)))
        return ast.Loop(ast.Block((ast.When((woken, pending)),)), ast.LoopKind.QUIESCENT)

    # ----------------------------------------------------------------------------------- of the queue

    def _at_queue(
        self, place: ast.Expr, scope: Scope, act: Callable[[Machine, Callable[[], Key]], None], reads: frozenset[int]
    ) -> None:
        """One step. What ``act`` is given writes the queue and says which it is (a key without its last part)."""
        where = self.frame.expressions.place(names.bare(place), scope)
        head, run = field_place(where.place, self.world, "head"), where.run

        def go(m: Machine) -> None:
            def write() -> Key:
                kept = extended(run(m, {}), "head")
                m.store(head, kept, False)
                key = m.key(head, kept, False)
                assert key is not None
                return key[:-1]

            act(m, write)

        self.emit(go, step=True, reads=where.reads | where.place.reads | reads)

    def _on_entry(self, call: ast.Call, scope: Scope) -> None:
        process, name = self._owner(), call.name
        queue, *rest = call.arguments
        state = self.frame.expressions.pure(rest[0], scope) if rest else None
        counted = f"{process}_queued" in self.world.shared

        def act(m: Machine, write: Callable[[], Key]) -> None:
            mine = m.self_values[m.current]
            if name == "finish_wait":
                m.memory["S", f"{process}_state", mine] = RUNNING
                if counted and m.memory["S", f"{process}_queued", mine] == 0:
                    return
            entry = (*write(), process, mine)
            if name in _PREPARES:
                if m.memory[entry] != ADDED:
                    _becomes(m, entry, _PREPARES[name])
                assert state is not None
                m.memory["S", f"{process}_state", mine] = state.run(m, {})
            elif name == "add_wait_queue":
                _becomes(m, entry, ADDED)
            elif entry in m.memory:
                _becomes(m, entry, NONE)

        self._at_queue(queue, scope, act, state.reads if state is not None else NOBODY)

    def _wake_up(self, how: WakeUp, call: ast.Call, scope: Scope) -> None:
        number = self.frame.expressions.pure(call.arguments[1], scope) if call.name == "wake_up_nr" else None
        sleepers = [
            (field.name, value)
            for field in self.world.structs[QUEUE].fields[1:]
            for value in self.world.domain(ast.NamedType(field.name))
        ]

        def act(m: Machine, write: Callable[[], Key]) -> None:
            queue = write()

            def asleep(process: str, value: Value) -> bool:
                queued = m.memory[(*queue, process, value)] != NONE
                return queued and m.memory["S", f"{process}_state", value] in how.sleeping

            for process, value in sleepers:
                exclusive = m.memory[(*queue, process, value)] == EXCLUSIVE
                if asleep(process, value) and (how.everybody or not exclusive):
                    _woken(m, queue, process, value)
            if how.everybody:
                return
            for _ in range(1 if number is None else values.number(number.run(m, {}))):
                left = [i for i, one in enumerate(sleepers) if asleep(*one) and m.memory[(*queue, *one)] == EXCLUSIVE]
                if left:
                    _woken(m, queue, *sleepers[m.choose(left)])

        self._at_queue(call.arguments[0], scope, act, number.reads if number is not None else NOBODY)


def _plain(condition: ast.Expr) -> bool:
    """Is there no call and no field in it?"""
    return not any(isinstance(part, ast.Call | ast.MethodCall | ast.Member) for part in parts_of(condition))


def _woken(m: Machine, queue: Key, process: str, value: Value) -> None:
    m.memory["S", f"{process}_state", value] = RUNNING
    entry = (*queue, process, value)
    if m.memory[entry] != ADDED:
        _becomes(m, entry, NONE)


def _becomes(m: Machine, entry: Key, new: Value) -> None:
    """Give an entry a value; count in how many queues its process is."""
    old = m.memory[entry]
    m.memory[entry] = new
    process, value = entry[-2:]
    count: Key = ("S", f"{process}_queued", value)
    change = (new != NONE) - (old != NONE)
    if count in m.memory and change:
        m.memory[count] = values.fit(m.memory[count] + change, _HOW_MANY, f"{process}_queued")
