"""Wait queues and task states (docs/semantics.md, section 5): what their operations mean, as statements
of the language.

``with_waiting`` writes the operations of a spec out before anything is resolved, so that everything
behind it knows assignments and guards only. What a queue and a task keep are arrays with an element
for each instance of the classes that wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from types import MappingProxyType

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.language.syntax.trees import below, mapped, mentions
from modelcheck.model.expressions import OWN
from modelcheck.model.waiting import HEAD, OPERATIONS, QUEUE_TYPE, STATES, Operation

#: What `wake_up` and its kin look for: the state of who is woken.
_WOKEN: Mapping[bool, str] = MappingProxyType({False: "!= TASK_RUNNING", True: "== TASK_INTERRUPTIBLE"})
#: What the texts below call their own names.
_LOCALS: Mapping[str, str] = MappingProxyType({name: f"{OWN}{name}" for name in ("task", "one")})
_Node = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of processes that waits. ``entries``: how its instances come to be in a queue.
    ``counted``: in how many queues each is stands beside the queues, which may be gone.
    """

    name: str
    entries: frozenset[str]
    counted: bool

    @property
    def state(self) -> str:
        return f"{self.name}_state"

    @property
    def queued(self) -> str:
        return f"{self.name}_queued"


def with_waiting(spec: ast.Spec, bag: DiagnosticBag) -> ast.Spec:
    """Return ``spec`` with its operations on wait queues and task states written out. ``bag`` gets
    what is wrong with them; a spec that has none is returned as it is.
    """
    if not mentions(spec, (QUEUE_TYPE, "current_state")):
        return spec
    known = _operations(spec)
    kinds = (ast.ProcessDecl, ast.InlineDecl, ast.CallbackDecl)
    codes: dict[str, ast.Item] = {item.name: item for item in spec.items if isinstance(item, kinds)}
    used = {name: _used(item, known) for name, item in codes.items()}
    first = next((span for found in used.values() for _, span in found), None)
    queues = [node for node in below(spec.items) if isinstance(node, ast.NamedType) and node.name == QUEUE_TYPE]
    if first is None and not queues:
        return spec
    callees = {name: _callees(item, codes) for name, item in codes.items()}
    in_fields = [item.fields for item in spec.items if isinstance(item, ast.StructDecl | ast.ObjectDecl)]
    counted = any(node in queues for node in below(tuple(in_fields)))
    classes = tuple(_classes(codes, used, callees, counted))
    writer = _Writer(spec, bag, known, classes)
    items: list[ast.Item] = []
    for item in spec.items:
        if isinstance(item, ast.ProcessDecl | ast.InlineDecl | ast.CallbackDecl):
            callers = [c for c in classes if item.name in _reached(c.name, callees)]
            written = replace(item, body=writer.body(item, callers))
            if isinstance(written, ast.ProcessDecl):
                states = (c.state for c in classes if c.name == item.name)
                written = replace(written, task_state=next(states, None))
            items.append(written)
        else:
            items.append(item)
    where = first if first is not None else queues[0].span
    return replace(spec, items=(*_declarations(classes, known, where), *items))


def _operations(spec: ast.Spec) -> Mapping[str, Operation]:
    """The operations that the spec declares nothing else under the names of."""
    own = {item.name for item in spec.items if isinstance(item, ast.InlineDecl | ast.CallbackDecl | ast.EventDecl)}
    types = {item.name for item in spec.items if isinstance(item, ast.TypeDeclaration | ast.ProcessDecl)}
    return {} if QUEUE_TYPE in types else {name: o for name, o in OPERATIONS.items() if name not in own}


def _used(item: object, known: Mapping[str, Operation]) -> list[tuple[Operation, Span]]:
    calls = (node for node in below(item) if isinstance(node, ast.ExprStmt) and isinstance(node.expression, ast.Call))
    found = (node.expression for node in calls)
    return [(known[c.name], c.span) for c in found if isinstance(c, ast.Call) and c.name in known]


def _callees(item: object, codes: Mapping[str, object]) -> frozenset[str]:
    return frozenset(node.name for node in below(item) if isinstance(node, ast.Call) and node.name in codes)


def _reached(name: str, callees: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The code that runs in a process: its own, and what it calls."""
    seen: set[str] = set()
    stack = [name]
    while stack:
        code = stack.pop()
        if code not in seen:
            seen.add(code)
            stack.extend(callees[code])
    return frozenset(seen)


def _classes(
    codes: Mapping[str, ast.Item],
    used: Mapping[str, list[tuple[Operation, Span]]],
    callees: Mapping[str, frozenset[str]],
    counted: bool,
) -> Iterator[_Class]:
    for name, item in codes.items():
        if isinstance(item, ast.ProcessDecl):
            found = [o for code in _reached(name, callees) for o, _ in used[code] if o.own]
            if found:
                yield _Class(name, frozenset(o.entry for o in found if o.entry), counted)


# ------------------------------------------------------------------------------------- declarations


def _declarations(classes: tuple[_Class, ...], known: Mapping[str, Operation], span: Span) -> tuple[ast.Item, ...]:
    """The type of a queue, and the states of those who wait."""
    fields = "".join(f" {c.name} : wait_entry[{c.name}] = WAIT_NONE;" for c in classes if c.entries)
    lines = [
        f"enum task_state {{ {', '.join(STATES)} }}",
        "enum wait_entry { WAIT_NONE, WAIT_QUEUED, WAIT_EXCLUSIVE, WAIT_ADDED }",
        f"struct {QUEUE_TYPE} {{ {HEAD} : bool = false;{fields} }}",
    ]
    for c in classes:
        lines.append(f"shared {c.state}[{c.name}] : task_state = TASK_RUNNING;")
        if c.entries and c.counted:
            lines.append(f"shared {c.queued}[{c.name}] : 0..3 = 0;")
    lines += [f"callback {name}() sleeps {{ }}" for name in ("schedule", "wait_event") if name in known]
    return tuple(_at(item, span) for item in parse_text("\n".join(lines), "<wait queues>").items)


def _at(item: ast.Item, span: Span) -> ast.Item:
    found = mapped(item, lambda node: node, span)
    assert isinstance(found, ast.EnumDecl | ast.StructDecl | ast.SharedDecl | ast.CallbackDecl)
    return found


# --------------------------------------------------------------------------------------- operations


def _tasks(items: Iterable[ast.Item]) -> dict[str, Set[str]]:
    """The classes of the tasks that variables of each name in ``items`` hold."""
    found: dict[str, set[str]] = {}
    for node in below(tuple(items)):
        if isinstance(node, ast.SharedDecl | ast.LocalDecl | ast.FieldDecl | ast.Parameter):
            name = node.name
            classes = {part.process for part in below(node.type) if isinstance(part, ast.ProcTypeNode)}
        elif isinstance(node, ast.PickStmt | ast.For) and isinstance(node.domain, ast.Name):
            name, classes = node.variable, {node.domain.name}
        else:
            continue
        if classes:
            found.setdefault(name, set()).update(classes)
    return dict(found)


def _where_servers_rest(item: ast.Item) -> Set[Span]:
    """The statements in loops of a server: where it waits there, it may have nothing to do for good."""
    if not isinstance(item, ast.ProcessDecl) or not item.server:
        return frozenset()
    loops = tuple(node for node in below(item.body) if isinstance(node, ast.Loop))
    return {node.span for node in below(loops) if isinstance(node, ast.ExprStmt)}


def _is_a_test(call: ast.Call) -> bool:
    """Whether asking the condition again changes nothing, and reads no memory that may be gone."""
    acting = (ast.Call, ast.MethodCall, ast.Member, ast.New, ast.CondLoad)
    return not any(isinstance(node, acting) for node in below(call.arguments[1:]))


class _Writer:
    """Writes the operations of one spec out."""

    def __init__(
        self, spec: ast.Spec, bag: DiagnosticBag, known: Mapping[str, Operation], classes: tuple[_Class, ...]
    ) -> None:
        self.bag, self.known, self.classes = bag, known, classes
        self.shared = {item.name: item.type for item in spec.items if isinstance(item, ast.SharedDecl)}
        self.tasks = _tasks(item for item in spec.items if not isinstance(item, ast.Code))
        self.written = 0

    def body(self, item: ast.ProcessDecl | ast.InlineDecl | ast.CallbackDecl, callers: list[_Class]) -> ast.Block:
        """The body of ``item``, which the instances of ``callers`` run."""
        declared = {node.name for node in below(item) if isinstance(node, ast.LocalDecl | ast.Parameter)}
        tasks = {**self.tasks, **_tasks([item])}
        resting = _where_servers_rest(item)

        def change(node: object) -> object:
            if isinstance(node, ast.ExprStmt) and isinstance(node.expression, ast.Call):
                operation = self.known.get(node.expression.name)
                if operation is not None:
                    at_rest = node.span in resting and _is_a_test(node.expression)
                    return self._statement(node.expression, operation, callers, declared, tasks, at_rest)
            return node

        found = mapped(item.body, change, None)
        assert isinstance(found, ast.Block)
        return found

    def _statement(
        self,
        call: ast.Call,
        operation: Operation,
        callers: list[_Class],
        declared: Set[str],
        tasks: Mapping[str, Set[str]],
        at_rest: bool,
    ) -> ast.Stmt:
        span = call.span
        who = self._who(call, operation, callers)
        wanted = len(operation.arguments)
        if len(call.arguments) != wanted:
            forms = ", ".join(operation.arguments)
            self.bag.error("MC262", f"it is written `{call.name}({forms});`", call.span)
            return ast.Empty(span)
        if operation.own and who is None:
            return ast.Empty(span)
        given = dict(zip(operation.arguments, call.arguments, strict=True))
        queue = self._queue(given[operation.queue], call.name, declared) if operation.queue else None
        state = self._state(given["STATE"]) if "STATE" in given else None
        count = self._count(given["nr"]) if "nr" in given else 1
        target = self._class_of(given["task"], tasks) if "task" in given else None
        missing = (
            operation.queue and queue is None,
            "STATE" in given and state is None,
            "task" in given and not target,
        )
        if any(missing) or count is None:
            return ast.Empty(span)
        self.written += 1
        text = _text(operation, call, who, self.classes, state, count, target, at_rest)
        inserted: dict[str, ast.Expr] = {}
        if queue is not None:
            inserted["WQ"] = queue
        for name, key in (("condition", "COND"), ("task", "TASK")):
            if name in given:
                inserted[key] = given[name]
        return self._placed(text, inserted, span)

    def _placed(self, text: str, inserted: Mapping[str, ast.Expr], span: Span) -> ast.Stmt:
        """The statements of ``text``, with what the user wrote for the names in capitals."""
        (item,) = parse_text(f"process p {{ {text} }}", "<wait queues>").items
        assert isinstance(item, ast.ProcessDecl)
        label = f".wait{self.written}"

        def change(node: object) -> object:
            if isinstance(node, ast.Name) and node.name in inserted:
                return mapped(inserted[node.name], lambda part: part, None)
            if isinstance(node, ast.Labelled | ast.Goto):
                return replace(node, label=label)
            if isinstance(node, ast.Name | ast.LocalDecl) and node.name in _LOCALS:
                return replace(node, name=_LOCALS[node.name])
            if isinstance(node, ast.For | ast.PickStmt | ast.Quantifier):
                return replace(node, variable=_LOCALS[node.variable])
            if isinstance(node, ast.WhenBranch) and isinstance(node.guard, ast.Binary):
                return replace(node, guard=replace(node.guard, span=node.guard.right.span))
            return node

        found = mapped(item.body, change, span)
        assert isinstance(found, ast.Block)
        return found.statements[0] if len(found.statements) == 1 else found

    def _who(self, call: ast.Call, operation: Operation, callers: list[_Class]) -> _Class | None:
        """The class whose instances do it, of an operation that is about the process itself."""
        if operation.own and len(callers) > 1:
            names = " and ".join(f"`{c.name}`" for c in callers)
            note = Note(
                "write an inline for each of them, or one process with a param or a local that tells them apart"
            )
            message = f"{names} come here: `{call.name}` must know which of them waits"
            self.bag.error("MC261", message, call.span, [note])
        return callers[0] if len(callers) == 1 else None

    def _queue(self, node: ast.Expr, name: str, declared: Set[str]) -> ast.Expr | None:
        """The place of the queue; None if finding it would be a step of its own."""
        place = node.operand if isinstance(node, ast.AddressOf) else node
        if self._is_at_hand(place, declared):
            return place
        note = Note("load what leads to the queue into a local first: that load is a step of its own")
        self.bag.error("MC260", f"`{name}` does not find its queue without reading shared variables", node.span, [note])
        return None

    def _is_at_hand(self, node: ast.Expr, declared: Set[str]) -> bool:
        if isinstance(node, ast.Index) and isinstance(node.base, ast.Name):
            index = node.index
            is_local = isinstance(index, ast.Name) and (index.name in declared or index.name not in self.shared)
            return isinstance(index, ast.IntLit) or is_local
        if isinstance(node, ast.Member) and isinstance(node.base, ast.Name):
            name = node.base.name
            return name in declared or not isinstance(self.shared.get(name), ast.RefTypeNode)
        return isinstance(node, ast.Name)

    def _state(self, node: ast.Expr) -> str | None:
        if isinstance(node, ast.Name) and node.name in STATES:
            return node.name
        self.bag.error("MC262", f"a task state is one of {', '.join(f'`{s}`' for s in STATES)}", node.span)
        return None

    def _count(self, node: ast.Expr) -> int | None:
        if isinstance(node, ast.IntLit) and 1 <= node.value <= 8:
            return node.value
        self.bag.error("MC262", "how many are woken is a number from 1 to 8 (`wake_up_all` wakes all)", node.span)
        return None

    def _class_of(self, node: ast.Expr, tasks: Mapping[str, Set[str]]) -> _Class | None:
        """The class of a task that is woken."""
        if len(self.classes) == 1:
            return self.classes[0]
        names = {part.name for part in below(node) if isinstance(part, ast.Name)}
        names |= {part.field for part in below(node) if isinstance(part, ast.Member)}
        meant = {process for name in names for process in tasks.get(name, ())}
        found = [c for c in self.classes if c.name in meant]
        if len(found) == 1:
            return found[0]
        message = "which class is this task of? Several wait, or none: name a variable declared `proc P`"
        self.bag.error("MC261", message, node.span)
        return None


# --------------------------------------------------------------------------------------------- texts


def _text(
    operation: Operation,
    call: ast.Call,
    who: _Class | None,
    classes: tuple[_Class, ...],
    state: str | None,
    count: int,
    target: _Class | None,
    at_rest: bool,
) -> str:
    """What an operation means. ``WQ``, ``COND`` and ``TASK`` stand for what the user wrote."""
    caption = f'atomic "{call.name}({", ".join(a.span.text for a in call.arguments)})"'.replace("\n", " ")
    if '"' in caption[8:-1]:
        caption = f'atomic "{call.name}"'
    if operation.wakes:
        return f"{caption} {{ WQ.{HEAD} = false; {_wake(operation, classes, count)} }}"
    if target is not None:
        return f"local task = TASK; {caption} {{ {target.state}[task] = TASK_RUNNING; }}"
    assert who is not None
    if operation.sleeps and operation.queue is None:
        return f"schedule(); when ({who.state}[self] == TASK_RUNNING);"
    if operation.queue is None:
        return f"{caption} {{ {who.state}[self] = {state}; }}"
    if operation.entry is None:
        return f"{caption} {{ {_finish(who) if operation.state else _remove(who)} }}"
    if not operation.sleeps:
        return f"{caption} {{ {_enqueue(who, operation.entry, state)} }}"
    queueing = f'atomic "prepare_to_wait" {{ {_enqueue(who, operation.entry, "TASK_UNINTERRUPTIBLE")} }}'
    return (
        f"wait_event(); if (!(COND)) {{ again: {queueing} if (!(COND)) {{ "
        f"{_asleep(who, at_rest)} goto again; }} "
        f'atomic "finish_wait" {{ {_finish(who)} }} }}'
    )


def _asleep(who: _Class, at_rest: bool) -> str:
    """Sleep until woken. ``at_rest``: with nothing to do it is no deadlock that nobody wakes the process;
    with something to do it is one.
    """
    awake = f"{who.state}[self] == TASK_RUNNING"
    if not at_rest:
        return f"when ({awake});"
    return (
        f"loop quiescent {{ when ({awake}) {{ break; }} or when (!({awake}) && COND) "
        f"{{ when ({awake}) {{ break; }} or when (!(COND)); }} }}"
    )


def _enqueue(who: _Class, entry: str, state: str | None) -> str:
    place = f"WQ.{who.name}[self]"
    count = f"if ({place} == WAIT_NONE) {{ {_count(who, 'self', '+')} }} " if who.counted else ""
    put = f"{place} = {entry};"
    if entry != "WAIT_ADDED" and "WAIT_ADDED" in who.entries:
        put = f"if ({place} != WAIT_ADDED) {{ {put} }}"
    return f"WQ.{HEAD} = false; {count}{put}" + (f" {who.state}[self] = {state};" if state is not None else "")


def _remove(who: _Class) -> str:
    place = f"WQ.{who.name}[self]"
    if not who.entries:
        return f"WQ.{HEAD} = false;"
    off = f"{place} = WAIT_NONE; {_count(who, 'self', '-')}"
    return f"WQ.{HEAD} = false; if ({place} != WAIT_NONE) {{ {off} }}"


def _finish(who: _Class) -> str:
    """Whoever woke the process has taken it off the queue, which may be gone since: then it is not touched."""
    touched = f"if ({who.queued}[self] > 0) {{ {_remove(who)} }}" if who.counted and who.entries else _remove(who)
    return f"{who.state}[self] = TASK_RUNNING; {touched}"


def _count(c: _Class, who: str, operator: str) -> str:
    return f"{c.queued}[{who}] = {c.queued}[{who}] {operator} 1;" if c.counted else ""


def _wake(operation: Operation, classes: tuple[_Class, ...], count: int) -> str:
    woken = _WOKEN[operation.interruptible]
    exclusive = [c for c in classes if "WAIT_EXCLUSIVE" in c.entries]
    lines = []
    for c in classes:
        entries = sorted(c.entries if operation.everybody else c.entries - {"WAIT_EXCLUSIVE"})
        if entries:
            is_in = " || ".join(f"WQ.{c.name}[task] == {entry}" for entry in entries)
            found = f"({is_in}) && {c.state}[task] {woken}"
            lines.append(f"for (task in {c.name}) {{ if ({found}) {{ {_wake_one(c, 'task', entries)} }} }}")
    if exclusive and not operation.everybody:
        waits = {c: f"WQ.{c.name}[one] == WAIT_EXCLUSIVE && {c.state}[one] {woken}" for c in exclusive}
        some = " || ".join(f"(exists one in {c.name}: {waits[c]})" for c in exclusive)
        picks = [
            f"{{ pick one in {c.name} where ({waits[c]}); {_wake_one(c, 'one', ['WAIT_EXCLUSIVE'])} }}"
            for c in exclusive
        ]
        one = picks[0] if len(picks) == 1 else f"choose {' or '.join(picks)}"
        lines += [f"if ({some}) {{ {one} }}"] * count
    return " ".join(lines)


def _wake_one(c: _Class, who: str, entries: list[str]) -> str:
    off = f"WQ.{c.name}[{who}] = WAIT_NONE; {_count(c, who, '-')}"
    if entries == ["WAIT_ADDED"]:
        off = ""
    elif "WAIT_ADDED" in entries:
        off = f"if (WQ.{c.name}[{who}] != WAIT_ADDED) {{ {off} }}"
    return f"{c.state}[{who}] = TASK_RUNNING; {off}"
