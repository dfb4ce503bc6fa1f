"""Handlers and CPUs (section 9): who runs on top of whom, and what is switched off."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from modelcheck.language.syntax import ast
from tests.third import names, values
from tests.third.code import Exit, Resting, Target
from tests.third.machine import GuardsDone, Key, Machine
from tests.third.program import Program
from tests.third.terms import NOBODY, Scope
from tests.third.values import Type, Unsupported, Value
from tests.third.world import World, parts_of

_LEVELS = tuple(ast.Level)
_COUNT = Type("range", low=0, high=15)
_ALONE = re.compile(r"(local_irq|local_bh|preempt)_(disable|enable|save|restore)")
_OF_A_LOCK = re.compile(r"((?:spin|read|write)_(lock|unlock))_(irq|irqsave|irqrestore|bh)")
#: What the suffix of a lock operation does, by itself.
_SUFFIX = {
    ("lock", "irq"): "local_irq_disable",
    ("lock", "irqsave"): "local_irq_save",
    ("lock", "bh"): "local_bh_disable",
    ("unlock", "irq"): "local_irq_enable",
    ("unlock", "irqrestore"): "local_irq_restore",
    ("unlock", "bh"): "local_bh_enable",
}


class Switch(NamedTuple):
    """A statement that switches something off or on.

    ``kind``: its spelling without a lock; ``flags``: the name that it saves under or restores from;
    ``lock``, ``place``: the operation on a lock that it is as well, if it is one.
    """

    kind: str
    flags: str
    lock: str | None
    place: ast.Expr | None


def switch(world: World, call: ast.Call) -> Switch | None:
    """What a call switches off or on, if that is what it is."""
    if call.name in world.routines:
        return None
    if _ALONE.fullmatch(call.name):
        return Switch(call.name, _flags(call.arguments), None, None)
    if (found := _OF_A_LOCK.fullmatch(call.name)) and (kind := _SUFFIX.get((found[2], found[3]))) is not None:
        return Switch(kind, _flags(call.arguments[1:]), found[1], call.arguments[0])
    return None


def _flags(arguments: tuple[ast.Expr, ...]) -> str:
    if not arguments:
        return "saved"
    named = names.bare(arguments[0])
    if not isinstance(named, ast.Name):
        raise Unsupported("flags that are no name")
    return named.name


class Contexts:
    """The contexts of a spec. ``kept``: what is kept of them, all of it shared, and what it is at first."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.of = {name: (process, process.on) for name, process in world.contexts.items() if process.on is not None}
        self.kept: dict[Key, Value] = {}
        for name, (process, on) in self.of.items():
            if process.handler:
                self.kept["C", name, "active"] = False
            if on.raised:
                self.kept["C", name, "raised"] = False
            for part in parts_of(process.body):
                found = switch(world, part) if isinstance(part, ast.Call) else None
                if found is not None:
                    self._keep(name, on.level, found)

    def _keep(self, name: str, level: ast.Level, found: Switch) -> None:
        if found.kind.startswith("local_irq") and level in (ast.Level.TASK, ast.Level.SOFTIRQ):
            self.kept["C", name, "irqs_off"] = False
            if found.kind in ("local_irq_save", "local_irq_restore"):
                self.kept["C", name, "flags", found.flags] = False
        elif found.kind.startswith("local_bh") and level in (ast.Level.TASK, ast.Level.SOFTIRQ):
            self.kept["C", name, "softirqs_off"] = 0
        elif found.kind.startswith("preempt"):
            self.kept["C", name, "preemption_off"] = 0

    def off(self, m: Machine, name: str, *parts: str) -> bool:
        """Has the context one of these off?"""
        return any(m.memory.get(("C", name, part)) for part in parts)

    def provided(self, m: Machine, name: str) -> bool:
        """May the context step, for all that runs on its CPU?"""
        if name not in self.of:
            return True
        process, on = self.of[name]
        mine = _LEVELS.index(on.level)
        for other, (_, there) in self.of.items():
            if there.cpu != on.cpu or other == name:
                continue
            if m.memory.get(("C", other, "active")):
                level = _LEVELS.index(there.level)
                if level > mine or (level == mine and process.handler):
                    return False
            match on.level, there.level:
                case ast.Level.SOFTIRQ, ast.Level.TASK:
                    masked = self.off(m, other, "irqs_off", "softirqs_off")
                case ast.Level.INTERRUPT, ast.Level.TASK | ast.Level.SOFTIRQ:
                    masked = self.off(m, other, "irqs_off")
                case _:
                    masked = False
            if masked:
                return False
        return True

    def must_not_sleep(self, m: Machine, name: str) -> bool:
        """Is what sleeps here ``sleep_in_atomic``, whatever locks are held?"""
        if name not in self.of:
            return False
        return self.of[name][0].handler or self.off(m, name, "irqs_off", "softirqs_off", "preemption_off")

    def ended(self, m: Machine, name: str) -> bool:
        """Is it a handler that does not run?"""
        return name in self.of and self.of[name][0].handler and not m.memory["C", name, "active"]

    def left_off(self, m: Machine, name: str) -> bool:
        """Is it a context that has something off?"""
        return self.off(m, name, "irqs_off", "softirqs_off", "preemption_off")


class InContext(Program):
    """The code of a process class that may be a context. ``forever``: how many plain loops of its own text are open."""

    forever = 0

    def process_text(self, process: ast.ProcessDecl) -> None:
        if process.handler:
            self._handler(process)
        else:
            super().process_text(process)

    def _handler(self, process: ast.ProcessDecl) -> None:
        """``loop { atomic when (g) { h.active = true; } B atomic { h.active = false; } }``"""
        active: Key = ("C", process.name, "active")
        head, ending = self.here(), Target()
        self.rest(True)
        self.chain = (Resting(),)

        def finish(m: Machine) -> None:
            m.memory[active] = False

        def body() -> None:
            self.exits += [Exit("break", self.end, 0), Exit("continue", head, len(self.chain))]
            self._begin(process, active)
            self.loops += 1
            self.forever += 1
            self.statement(process.body, {})
            self.forever -= 1
            self.loops -= 1

        self.in_frame(process.name, (), None, ending, body)
        self.put(ending)
        self.emit(finish, step=True)
        self.jump(head)
        self.chain = ()

    def _begin(self, process: ast.ProcessDecl, active: Key) -> None:
        on = process.on
        assert on is not None
        raised: Key = ("C", process.name, "raised")
        if on.guard is not None:
            test, reads = self._guard(on.guard, {})
        elif on.raised:
            test, reads = _asks(raised), NOBODY
        else:
            raise Unsupported("a handler without a guard")

        def begin(m: Machine) -> None:
            test(m)
            if m.only_guards:
                raise GuardsDone
            m.memory[active] = True
            if on.raised:
                m.memory[raised] = False

        self.emit(begin, step=True, reads=reads, guarded=True)

    # --------------------------------------------------------------------------------- statements

    def special(self, call: ast.Call, scope: Scope, first: bool) -> bool:
        if call.name in self.world.routines:
            return False
        if call.name == "raise":
            self._raise(call)
            return True
        found = switch(self.world, call)
        if found is None or self.process is None or self.process.on is None:
            return False
        if self.atomic or self.frame.calls:
            raise Unsupported("switching off or on in atomic or in what is called")
        change = self._change(self.process.name, self.process.on.level, found)
        if found.lock is None or found.place is None:
            if change is not None:
                self.emit(change, step=True)
        else:
            self._of_lock(ast.Call(found.lock, (found.place,)), found.lock.endswith("unlock"), change, scope)
        return True

    def _raise(self, call: ast.Call) -> None:
        (handler,) = call.arguments
        handler = names.bare(handler)
        if not isinstance(handler, ast.Name):
            raise Unsupported("raising what is no handler")
        key: Key = ("C", handler.name, "raised")

        def go(m: Machine) -> None:
            m.memory[key] = True

        self.emit(go, step=True)

    def _of_lock(self, call: ast.Call, unlocks: bool, change: Callable[[Machine], None] | None, scope: Scope) -> None:
        """References and indices first; then the unlock and the change in one step, or the change, then the lock."""
        primitive = names.primitive(call)
        assert primitive is not None
        place = self.place(primitive.place, scope)
        act, _ = self.frame.expressions.operation(primitive.name, place)
        if change is not None and not unlocks:
            self.emit(change, step=True)

        def go(m: Machine) -> None:
            act(m, m.stack.pop(), [])
            if change is not None and unlocks:
                change(m)

        self.emit(go, step=True, reads=place.reads)

    def _change(self, name: str, level: ast.Level, found: Switch) -> Callable[[Machine], None] | None:
        """The change that the table of section 9 says, None if it is nothing there."""
        task, softirq = level is ast.Level.TASK, level is ast.Level.SOFTIRQ
        if found.kind.startswith("local_irq"):
            if task or softirq:
                return _of_interrupts(name, found)
            if found.kind in ("local_irq_disable", "local_irq_enable"):
                raise Unsupported("switching interrupts off or on in an interrupt")
            return None
        if found.kind.startswith("local_bh"):
            if task or softirq:
                return _counted(name, "softirqs_off", found)
            raise Unsupported("switching softirqs off or on in an interrupt")
        return _counted(name, "preemption_off", found)


def _asks(raised: Key) -> Callable[[Machine], None]:
    def go(m: Machine) -> None:
        if not m.memory[raised]:
            raise values.Blocked

    return go


def _of_interrupts(name: str, found: Switch) -> Callable[[Machine], None]:
    off: Key = ("C", name, "irqs_off")
    flags: Key = ("C", name, "flags", found.flags)

    def go(m: Machine) -> None:
        match found.kind:
            case "local_irq_disable":
                m.memory[off] = True
            case "local_irq_enable":
                m.memory[off] = False
            case "local_irq_save":
                m.memory[flags] = m.memory[off]
                m.memory[off] = True
            case "local_irq_restore":
                if not m.memory[off]:
                    m.observe("unbalanced", name)
                m.memory[off] = m.memory[flags]

    return go


def _counted(name: str, part: str, found: Switch) -> Callable[[Machine], None]:
    key: Key = ("C", name, part)

    def disable(m: Machine) -> None:
        m.memory[key] = values.fit(m.memory[key] + 1, _COUNT, f"{name}.{part}")

    def enable(m: Machine) -> None:
        interrupts_off = part == "softirqs_off" and m.memory.get(("C", name, "irqs_off"))
        if not m.memory[key] or interrupts_off:
            m.observe("unbalanced", name)
        m.memory[key] = max(m.memory[key] - 1, 0)

    return disable if found.kind.endswith("disable") else enable
