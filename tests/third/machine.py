"""The working state in the middle of a step, and the operations on it (sections 2 to 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.third import names, values
from tests.third.values import NOTHING, UNASSIGNED, Address, Blocked, Fault, Type, Value

#: Of a cell: ("S", variable, *path), ("F", object, slot, *path); ("Z", *key) is the ghost bit of an
#: atomic; ("C", context, *what) is kept of a context. Path: fields and indices.
Key = tuple[Any, ...]
Bound = dict[str, Value]
Held = frozenset[tuple[Key, str]]


class Process(NamedTuple):
    """An instance between two steps. ``pc`` is -1 when it is done; ``locals``: (key, value) of those that are live."""

    pc: int
    resting: bool
    locals: frozenset[tuple[Key, Value]]
    stack: tuple[Value, ...]
    held: Held
    round: bool = False


class State(NamedTuple):
    memory: tuple[Value, ...]
    allocated: frozenset[tuple[str, int]]
    processes: tuple[Process, ...]
    monitors: frozenset[tuple[Any, Any]]


@dataclass(frozen=True)
class Place:
    """What is known of a place before the model runs.

    ``dims``: for each part of its path None (a field) or the indices that there are. ``local``: is it (in) a local;
    ``object``: the object that is dereferenced last, if any. ``reads``: the locals that accessing it reads.
    """

    type: Type
    dims: tuple[frozenset[Value] | None, ...]
    local: bool
    subject: str
    object: str | None
    reads: frozenset[int]
    keeps: frozenset[int] = frozenset()


class GuardsDone(Exception):
    """The guards of a step were evaluated, all true; nobody asks for more."""


@dataclass(frozen=True)
class Objects:
    slots: dict[str, int]
    typestable: frozenset[str]
    fields: dict[tuple[str, int], tuple[tuple[Key, Type], ...]]


@dataclass
class Machine:
    """``kept``: a place as it was evaluated: ("S", variable, path), ("L", local, path) or ("F", reference, path)."""

    keys: tuple[Key, ...]
    objects: Objects
    processes: list[Process]
    memory: dict[Key, Value] = field(default_factory=dict)
    allocated: set[tuple[str, int]] = field(default_factory=set)
    monitors: dict[Any, Any] = field(default_factory=dict)
    current: int = -1
    self_values: tuple[Value, ...] = ()
    resting: bool = False
    round: bool = False
    locals: dict[Key, Value] = field(default_factory=dict)
    stack: list[Value] = field(default_factory=list)
    held: set[tuple[Key, str]] = field(default_factory=set)
    seen: list[tuple[str, str]] = field(default_factory=list)
    script: Sequence[int] = ()
    choices: list[int] = field(default_factory=list)
    alternatives: list[tuple[int, ...]] = field(default_factory=list)
    lowest_slot: bool = False
    quiet: bool = False
    anybody: bool = False
    only_guards: bool = False
    in_guard: bool = False
    guard_reads: list[tuple[tuple[int, ...], str, str, int]] = field(default_factory=list)
    frees: list[tuple[tuple[str, int], State]] = field(default_factory=list)
    watch: Callable[[Machine, str, str, tuple[Value, ...]], None] | None = None
    renew: Callable[[Machine, str, int], None] | None = None
    must_not_sleep: Callable[[Machine], bool] | None = None
    task_state: Callable[[Machine], tuple[str, Key, Value] | None] | None = None
    other: Machine | None = None
    after: tuple[int, frozenset[int]] = (-1, frozenset())

    # -------------------------------------------------------------------------------- what goes wrong

    def observe(self, kind: str, subject: str, slot: int = -1) -> None:
        if self.quiet:
            return
        self.seen.append((kind, subject))
        if self.in_guard and kind in ("use_after_free", "unassigned_read"):
            self.guard_reads.append((tuple(self.choices), kind, subject, slot))

    def choose(self, options: Sequence[int]) -> int:
        """Take one of the options: what the script says, or the first; the others are to be tried later."""
        if not options:
            raise Blocked
        if len(self.choices) < len(self.script):
            taken = self.script[len(self.choices)]
        else:
            taken = options[0]
            self.alternatives.extend((*self.choices, other) for other in options[1:])
        self.choices.append(taken)
        return taken

    def event(self, kind: str, name: str, arguments: tuple[Value, ...]) -> None:
        if self.watch is not None:
            self.watch(self, kind, name, arguments)

    # ------------------------------------------------------------------------------------- places

    def key(self, place: Place, kept: tuple[Any, ...], reads: bool) -> Key | None:
        """Where the place is: dereference, then check the indices. None: there is nothing to be read."""
        root, base, path = kept
        gone = False
        if root == "F":
            target = place.object or ""
            if base is None:
                if self.quiet:
                    return None
                raise Fault("null_deref", target)
            if not base.live and target not in self.objects.typestable:
                if not reads:
                    raise Fault("use_after_free", target)
                self.observe("use_after_free", target, base.slot)
            gone = (target, base.slot) not in self.allocated and target not in self.objects.typestable
        for index, domain in zip(path, place.dims, strict=True):
            if domain is not None and index not in domain:
                if self.quiet:
                    return None
                raise Fault("index", place.subject)
        if gone:
            return None
        if root == "F":
            return ("F", base.object, base.slot, *path)
        return (base, *path) if root == "L" else ("S", base, *path)

    def load(self, place: Place, kept: tuple[Any, ...]) -> Value:
        key = self.key(place, kept, True)
        if key is None:
            return values.held(values.zero(place.type), place.type)
        found = self.locals.get(key, UNASSIGNED) if kept[0] == "L" else self.memory[key]
        if found == UNASSIGNED:
            self.observe("unassigned_read", place.subject)
            return values.zero(place.type)
        return values.held(found, place.type)

    def store(self, place: Place, kept: tuple[Any, ...], value: Value) -> None:
        key = self.key(place, kept, False)
        if key is None:
            return
        if place.type.kind == "atomic":
            self.write_number(place, key, values.number(value), may_resurrect=True)
        elif kept[0] == "L":
            self.locals[key] = values.fit(value, place.type, place.subject)
        else:
            self.memory[key] = values.fit(value, place.type, place.subject)

    def touch(self, object_: str, reference: Value) -> None:
        if reference is None:
            raise Fault("null_deref", object_)
        if not reference.live and object_ not in self.objects.typestable:
            self.observe("use_after_free", object_, reference.slot)

    # ------------------------------------------------------------------------------------ atomics

    def write_number(
        self, place: Place, key: Key, new: int, *, may_resurrect: bool = False, thaws: bool = False
    ) -> None:
        """A write to an atomic: frozen, then the value."""
        old = self.memory[key]
        if self.memory[("Z", *key)] and not thaws:
            self.observe("frozen", place.subject)
        if place.type.refcount and ((old == 0 and new > 0 and not may_resurrect) or new < 0):
            self.observe("refcount", place.subject)
        if place.type.refcount:
            new = max(new, 0)
        if place.type.element is not None:
            new %= 1 << (place.type.element.high or 0)
        self.memory[key] = values.fit(new, place.type, place.subject)

    def on_number(self, name: str, place: Place, kept: tuple[Any, ...], arguments: Sequence[Value]) -> Value:
        """One operation of the table in section 4 on an atomic."""
        found = self._on_number(name, place, kept, arguments)
        whole = name in names.CONTENT and found is not None
        return values.held(found, place.type) if whole else found

    def _on_number(self, name: str, place: Place, kept: tuple[Any, ...], arguments: Sequence[Value]) -> Value:
        key = self.key(place, kept, name == "read")
        if key is None:
            return values.zero(place.type)
        old: int = self.memory[key]
        a = [values.number(v) for v in arguments]
        if name == "read":
            return old
        if name == "set":
            return self.write_number(place, key, a[0], may_resurrect=True)
        if name == "unfreeze":
            if not self.memory[("Z", *key)] or old != 0:
                self.observe("frozen", place.subject)
            self.write_number(place, key, a[0], may_resurrect=True, thaws=True)
            self.memory[("Z", *key)] = False
            return None
        if name == "freeze":
            if old != a[0]:
                return False
            self.write_number(place, key, 0)
            self.memory[("Z", *key)] = True
            return True
        plain = name.removesuffix("_return").removesuffix("_and_test").removeprefix("fetch_")
        match plain:
            case "inc" | "inc_not_zero":
                new, happens = old + 1, plain == "inc" or old != 0
            case "dec":
                new, happens = old - 1, True
            case "add":
                new, happens = old + a[0], True
            case "sub":
                new, happens = old - a[0], True
            case "or":
                new, happens = old | a[0], True
            case "and":
                new, happens = old & a[0], True
            case "xor":
                new, happens = old ^ a[0], True
            case "andnot":
                new, happens = old & ~a[0], True
            case "xchg":
                new, happens = a[0], True
            case "add_unless":
                new, happens = old + a[0], old != a[1]
            case "dec_not_one":
                new, happens = old - 1, old != 1
            case "dec_if_positive":
                new, happens = old - 1, old > 0
            case "cmpxchg" | "try_cmpxchg":
                new, happens = a[1], old == a[0]
            case _:
                raise values.Unsupported(name)
        if happens:
            self.write_number(place, key, new)
            now = self.memory[key]
        if name.endswith("_return"):
            return now
        if name.endswith("_and_test"):
            return now == 0
        if name == "dec_if_positive":
            return old - 1
        if name in ("inc_not_zero", "add_unless", "dec_not_one", "try_cmpxchg"):
            return happens
        return old

    def exchange(self, name: str, place: Place, kept: tuple[Any, ...], arguments: Sequence[Value]) -> Value:
        """``xchg``, ``cmpxchg`` and ``try_cmpxchg`` on a plain place."""
        key = self.key(place, kept, False)
        if key is None:
            return values.zero(place.type)
        cells = self.locals if kept[0] == "L" else self.memory
        old = cells.get(key, UNASSIGNED)
        if old == UNASSIGNED:
            self.observe("unassigned_read", place.subject)
            old = values.zero(place.type)
        if name == "xchg":
            cells[key] = values.fit(arguments[0], place.type, place.subject)
            return old
        same = values.plain(old) == values.plain(values.adapt(arguments[0], place.type))
        if same:
            cells[key] = values.fit(arguments[1], place.type, place.subject)
        return same if name == "try_cmpxchg" else old

    # -------------------------------------------------------------------------------------- locks

    def holds(self, process: int, key: Key) -> bool:
        held = self.held if process == self.current else self.processes[process].held
        return any(lock == key for lock, _ in held)

    def drop(self, gone: Callable[[Key, str], bool]) -> None:
        """Take the held bits away from everybody."""
        self.held = {bit for bit in self.held if not gone(*bit)}
        self.processes = [
            p._replace(held=frozenset(bit for bit in p.held if not gone(*bit))) if p.held else p for p in self.processes
        ]

    def sleeps(self, subject: str, spinning: Callable[[Key], bool]) -> None:
        forbidden = self.must_not_sleep is not None and self.must_not_sleep(self)
        if forbidden or any(spinning(lock) for lock, _ in self.held):
            self.observe("sleep_in_atomic", subject)

    def not_running(self, wakes: bool) -> None:
        """What may sleep while the task state is not TASK_RUNNING; a lock (``wakes``) makes it that."""
        found = None if self.task_state is None else self.task_state(self)
        if found is not None:
            name, key, running = found
            if self.memory[key] != running:
                self.observe("blocking_not_running", name)
                if wakes:
                    self.memory[key] = running

    def on_lock(self, name: str, place: Place, kept: tuple[Any, ...], spinning: Callable[[Key], bool]) -> Value:
        key = self.key(place, kept, False)
        if key is None:
            return False
        kind, memory = place.type.name, self.memory
        if (kind in ("mutex", "rwsem") and name in ("lock", "read_lock")) or name == "wait_for_completion":
            self.sleeps(place.subject, spinning)
            self.not_running(wakes=True)
        if kind == "completion":
            return self._completion(name, key)
        mine = any(lock == key for lock, _ in self.held)
        readers_writers = kind in ("rwlock", "rwsem")
        writer, readers = memory[key] if readers_writers else (memory[key], 0)
        taken = writer or (readers > 0 and not name.startswith("read_"))
        if name in ("lock", "read_lock"):
            if mine:
                raise Fault("self_deadlock", place.subject)
            if taken:
                raise Blocked
        if name in ("lock", "trylock", "read_lock", "read_trylock"):
            if taken or (name == "read_trylock" and mine):
                return False
            mode = "read" if name.startswith("read_") else "write"
            self.held.add((key, mode))
            memory[key] = ((True, 0) if mode == "write" else (False, readers + 1)) if readers_writers else True
            return True
        if name == "unlock":
            if not writer:
                self.observe("double_unlock", place.subject)
                return None
            if (key, "write") not in self.held and kind != "bitlock":
                self.observe("unlock_not_owner", place.subject)
            memory[key] = (False, readers) if readers_writers else False
            self.drop(lambda lock, mode: lock == key and mode == "write")
        elif name == "read_unlock":
            if readers == 0:
                self.observe("double_unlock", place.subject)
            elif (key, "read") not in self.held:
                self.observe("unlock_not_owner", place.subject)
            else:
                memory[key] = (writer, readers - 1)
                self.held.discard((key, "read"))
        elif name == "downgrade_write":
            if not writer:
                self.observe("double_unlock", place.subject)
            elif (key, "write") not in self.held:
                self.observe("unlock_not_owner", place.subject)
            else:
                memory[key] = (False, readers + 1)
                self.held.discard((key, "write"))
                self.held.add((key, "read"))
        return None

    def _completion(self, name: str, key: Key) -> Value:
        done, everybody = self.memory[key]
        match name:
            case "complete":
                self.memory[key] = (done if everybody else done + 1, everybody)
            case "complete_all":
                self.memory[key] = (done, True)
            case "reinit_completion":
                self.memory[key] = (0, False)
            case _:
                if not (everybody or done > 0):
                    if name == "wait_for_completion":
                        raise Blocked
                    return False
                self.memory[key] = (done if everybody else done - 1, everybody)
                return True
        return None

    def question(self, name: str, place: Place, kept: tuple[Any, ...]) -> bool:
        """``locked``, ``frozen``, ``completed``; ``held`` is about the asking process, in a property about anybody."""
        if name == "held":
            # It compares addresses and reads nothing of the object (section 6): it is no access.
            root, base, path = kept
            key: Key | None = None if base is None else ("S", base, *path)
            if root == "F" and base is not None:
                key = ("F", base.object, base.slot, *path)
            if self.anybody:
                return any(key is not None and self.holds(p, key) for p in range(len(self.processes)))
            return any(lock == key for lock, _ in self.held)
        key = self.key(place, kept, True)
        if key is None:
            return False
        if name == "frozen":
            return bool(self.memory[("Z", *key)])
        found = self.memory[key]
        if name == "completed":
            return bool(found[1] or found[0] > 0)
        return bool(found[0] or found[1]) if isinstance(found, tuple) else bool(found)

    # ------------------------------------------------------------------------------------ objects

    def free(self, object_: str, reference: Value, null_is_fine: bool) -> None:
        if reference is None:
            if null_is_fine:
                return
            raise Fault("null_deref", object_)
        slot, typestable = reference.slot, object_ in self.objects.typestable
        if not reference.live or (object_, slot) not in self.allocated:
            raise Fault("double_free", object_)
        self.frees.append(((object_, slot), self.snapshot()))
        self.event("free", object_, (reference,))
        for key, type_ in self.objects.fields[object_, slot]:
            if type_.kind == "lock" and type_.name not in ("bitlock", "completion"):
                found = self.memory[key]
                if found is True or (isinstance(found, tuple) and (found[0] or found[1])):
                    self.observe("free_locked", f"{object_}.{key[3]}")
        self.allocated.discard((object_, slot))
        if typestable:
            return
        for key, _ in self.objects.fields[object_, slot]:
            self.memory[key] = UNASSIGNED
            if ("Z", *key) in self.memory:
                self.memory[("Z", *key)] = False
        for cells in (self.memory, self.locals):
            cells.update([(key, values.aged(value, object_, slot)) for key, value in cells.items()])
        self.stack[:] = [values.aged(value, object_, slot) for value in self.stack]
        self.processes = [
            p._replace(
                locals=frozenset((key, values.aged(value, object_, slot)) for key, value in p.locals),
                stack=values.aged(p.stack, object_, slot),
            )
            for p in self.processes
        ]
        self.drop(lambda lock, mode: lock[:3] == ("F", object_, slot))

    def new(
        self,
        object_: str,
        may_fail: bool,
        given: dict[str, Value],
        defaults: Callable[[Machine, str, int, set[str]], None],
    ) -> Value:
        free = [slot for slot in range(self.objects.slots[object_]) if (object_, slot) not in self.allocated]
        if not free:
            if may_fail:
                return None
            raise Fault("pool_exhausted", object_)
        slot = free[0] if self.lowest_slot else self.choose(free)
        self.allocated.add((object_, slot))
        self.drop(lambda lock, mode: lock[:3] == ("F", object_, slot))
        types = dict(self.objects.fields[object_, slot])
        for name, value in given.items():
            self.memory["F", object_, slot, name] = values.fit(
                value, types["F", object_, slot, name], f"{object_}.{name}"
            )
        for key, type_ in self.objects.fields[object_, slot]:
            if ("Z", *key) in self.memory:
                self.memory[("Z", *key)] = False
            if key[3] not in given:
                self.memory[key] = values.zero(type_) if type_.kind in ("atomic", "lock") else UNASSIGNED
        defaults(self, object_, slot, set(given))
        reference = Address(object_, slot, True)
        if self.renew is not None:
            self.renew(self, object_, slot)
        self.event("new", object_, (reference,))
        return reference

    # ------------------------------------------------------------------------------------- states

    def snapshot(self) -> State:
        """The shared state of this moment (and where the processes were before the step)."""
        processes = list(self.processes)
        if self.current >= 0:
            processes[self.current] = processes[self.current]._replace(held=frozenset(self.held))
        return State(
            tuple(self.memory[key] for key in self.keys), frozenset(self.allocated), tuple(processes), frozenset()
        )


def the(machine: Machine, value: Value, owner: str, type_: Type) -> Value:
    if value == NOTHING:
        if machine.quiet:
            return values.zero(type_)
        raise Fault("option_none", owner)
    return value.value
