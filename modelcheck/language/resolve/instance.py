"""One instance of a spec: its code, initial state and properties resolved for one scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import NOWHERE, Span
from modelcheck.ground.suggest import did_you_mean
from modelcheck.language.resolve.code import expressions, places
from modelcheck.language.resolve.code.copies import check_copies
from modelcheck.language.resolve.code.statements import resolve_body
from modelcheck.language.resolve.contexts import active
from modelcheck.language.resolve.names.declarations import Declarations
from modelcheck.language.resolve.names.scope import Context, Site, UnresolvedError
from modelcheck.language.resolve.names.table import Symbols
from modelcheck.language.resolve.scenarios import Scenario
from modelcheck.language.resolve.types.compatibility import VOID, is_scalar, leaf, value_type
from modelcheck.language.resolve.types.conversion import static_range
from modelcheck.language.syntax import ast
from modelcheck.model import typed
from modelcheck.model.trees import below, reads_shared

if TYPE_CHECKING:
    from modelcheck.language.resolve.names.uses import Uses

#: The owner of locals and obligations in init blocks and initial values.
INIT_OWNER = "init"

#: How deep calls may nest: they are expanded in place.
CALL_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Function:
    """A resolved inline or callback; its events are added when the properties are known."""

    name: str
    parameters: tuple[typed.Local | typed.RefParam, ...]
    result: typed.Type
    body: typed.Block
    requires: typed.Expr | None
    callback: bool
    sleeps: bool
    span: Span


class Code:
    """Resolves all code of one instance. Wrong code is reported in the bag and left out."""

    def __init__(
        self,
        declarations: Declarations,
        scenario: Scenario,
        overrides: Mapping[str, typed.Value],
        counts: Mapping[str, int],
        bag: DiagnosticBag,
        everything: bool,
        uses: Uses | None = None,
    ) -> None:
        self.declarations = declarations
        self.scenario = scenario
        self.bag = bag
        self.everything = everything
        self.symbols = Symbols(declarations, scenario, overrides, counts, bag, uses)
        self.symbols.resolve_function = self._resolve_now
        self.functions: dict[str, Function] = {}
        self._resolving: set[str] = set()
        self.processes: list[typed.Process] = []
        self.idle: list[typed.Process] = []  # those the scenario does not run, if ``everything``
        self.process_contexts: dict[str, Context] = {}
        self.root_contexts: list[Context] = []
        for name in overrides:
            if name not in declarations.constants:
                hint = did_you_mean(name, declarations.constants)
                bag.error("MC116", f"there is no param `{name}`{hint}", None)

    # -------------------------------------------------------------------------------- declarations

    def params(self) -> tuple[tuple[str, typed.Value], ...]:
        """Return the value of each param and unknown."""
        found: list[tuple[str, typed.Value]] = []
        for name in self.declarations.constants:
            try:
                constant = self.symbols.constant(name, NOWHERE)
            except UnresolvedError:
                continue
            assert constant is not None
            found.append((name, constant.value))
        return tuple(found)

    def objects(self) -> tuple[typed.ObjectClass, ...]:
        """Return all object declarations."""
        found: list[typed.ObjectClass] = []
        for name, declared in self.declarations.types.items():
            try:
                if isinstance(declared, ast.ObjectDecl):
                    found.append(self.symbols.object_class(len(found), name))
                elif isinstance(declared, ast.StructDecl):
                    self.symbols.struct(name)
                elif isinstance(declared, ast.ProcessDecl):
                    self.symbols.process_type(name)
            except UnresolvedError:
                continue
        return tuple(found)

    def events(self) -> tuple[typed.Event, ...]:
        """Return the declared events."""
        found: list[typed.Event] = []
        for name in self.declarations.events:
            try:
                event = self.symbols.event(name)
            except UnresolvedError:
                continue
            assert event is not None
            found.append(event)
        return tuple(found)

    # ------------------------------------------------------------------------------------ processes

    def resolve_processes(self) -> None:
        """Resolve the bodies of the processes that run (of all, if ``everything``) and the inlines they call."""
        order = [*self.scenario.runs, *(p.name for p in self.declarations.processes.values() if p.server)]
        running: set[str] = set()
        for name in order:
            count = self._count(name)
            if count == 0:
                continue
            running.add(name)
            process = self._process(self.declarations.processes[name], len(self.processes), count)
            if process is not None:
                self.processes.append(process)
        self.drain()
        if self.everything:
            for name, declared in self.declarations.processes.items():
                if name not in running:
                    process = self._process(declared, len(self.processes) + len(self.idle), 0)
                    if process is not None:
                        self.idle.append(process)
            self.drain()

    def _count(self, name: str) -> int | None:
        try:
            return self.symbols.process_count(name)
        except UnresolvedError:
            return 1

    def _process(self, declared: ast.ProcessDecl, number: int, count: int | None) -> typed.Process | None:
        symbols = self.symbols
        unused = False
        type: typed.Type | None = None
        try:
            type = symbols.process_type(declared.name)
        except UnresolvedError:
            unused = True
        context = Context(symbols, declared.name, Site.CODE, type, unused=unused)
        self.process_contexts[declared.name] = context
        provided = _condition(context, declared.provided)
        no_sleep = _condition(context, declared.no_sleep)
        off = _condition(context, declared.off)
        above = tuple(
            (name, load.place.root.var)
            for name in declared.above
            if isinstance(load := _condition(context, active(name, declared.span)), typed.Load)
            and isinstance(load.place.root, typed.SharedRoot)
        )
        state = declared.task_state
        task_state = None if state is None else _own_element(context, state, declared.span)
        body = resolve_body(context, declared.body, VOID, server=declared.server)
        index = type if isinstance(type, typed.EnumType) else None
        return typed.Process(
            number,
            declared.name,
            count,
            index,
            declared.server,
            provided,
            body,
            declared.span,
            no_sleep,
            above,
            task_state,
            off,
            declared.begins,
        )

    # ------------------------------------------------------------------------------------- functions

    def drain(self) -> None:
        """Resolve the inlines and callbacks that were called so far."""
        queue = self.symbols.queue
        while queue:
            self._resolve_now(queue.pop(0))

    def resolve_rest(self) -> None:
        """Resolve what nobody calls (``everything``)."""
        caller = Context(self.symbols, "", Site.CODE, None, unused=True)
        for name, declared in self.declarations.functions.items():
            if name not in self.symbols.contexts:
                try:
                    self.symbols.header(name, caller, declared.span)
                except UnresolvedError:
                    continue
                self.drain()

    def _resolve_now(self, name: str) -> typed.Block | None:
        """Resolve a called function, now; None while it is being resolved further up, or if its head is wrong."""
        if name in self.functions:
            return self.functions[name].body
        if name in self._resolving:
            return None
        self._resolving.add(name)
        declared = self.declarations.functions[name]
        context = self.symbols.contexts[name]
        try:
            header = self.symbols.header(name, Context(self.symbols, "", Site.CODE), declared.span)
        except UnresolvedError:
            return None
        assert header is not None
        for parameter in header.parameters:
            context.declare(parameter.name, parameter, parameter.span)
        requires = None
        if isinstance(declared, ast.CallbackDecl) and declared.requires is not None:
            context.site = Site.REQUIRES
            try:
                with context.purely():
                    requires = expressions.condition(context, declared.requires)
            except UnresolvedError:
                pass
            context.site = Site.CODE
        body = resolve_body(context, declared.body, header.result, name=name)
        sleeps = isinstance(declared, ast.CallbackDecl) and declared.sleeps
        self.functions[name] = Function(
            name, header.parameters, header.result, body, requires, header.callback, sleeps, header.span
        )
        self._resolving.discard(name)
        return body

    # --------------------------------------------------------------------------------- initial state

    def init(self) -> typed.Block:
        """Return the scenario's init blocks as one."""
        context = Context(self.symbols, INIT_OWNER, Site.INIT, pure=1)
        self.root_contexts.append(context)
        blocks = []
        for name, _ in self.scenario.inits:
            blocks.append(resolve_body(context, self.declarations.inits[name].body, VOID))
        if self.everything:
            used = {name for name, _ in self.scenario.inits}
            for name, declared in self.declarations.inits.items():
                if name not in used:
                    resolve_body(context, declared.body, VOID)
        self.drain()
        return typed.Block((), tuple(blocks), NOWHERE)

    def shared(self, init: typed.Block) -> tuple[typed.SharedVar, ...]:
        """Return the shared variables; an initial value that the init blocks replace is left out."""
        replaced = _assigned(init)
        awaited = False
        found: list[typed.SharedVar] = []
        for name, declared in self.declarations.shared.items():
            try:
                header = self.symbols.shared(name)
                assert header is not None
                initial = self._initial(declared, header.type)
            except UnresolvedError:
                continue
            if header.id in replaced:
                initial = None
            element = leaf(header.type)
            # From the first initialiser on that reads shared state, one may find what has not got its value yet.
            awaited = awaited or (initial is not None and _looks_at_state(initial))
            unassigned = (initial is None or awaited) and is_scalar(element)
            found.append(typed.SharedVar(header.id, name, header.type, initial, unassigned, declared.span))
        self.drain()
        return tuple(found)

    def _initial(self, declared: ast.SharedDecl, type: typed.Type) -> typed.Expr | None:
        if declared.value is None or isinstance(declared.value, ast.UninitLit):
            return None
        context = Context(self.symbols, INIT_OWNER, Site.INITIAL, pure=1)
        self.root_contexts.append(context)
        element = leaf(type)
        if not is_scalar(element) and not isinstance(element, typed.AtomicType):
            context.fail("MC221", f"`{declared.name}` cannot have an initial value as a whole", declared.value.span)
        found = expressions.value(context, declared.value, element, f"`{declared.name}`")
        if isinstance(found, typed.Constant):
            static_range(context, found, value_type(element), declared.value, f"`{declared.name}`")
        return found

    # ------------------------------------------------------------------------------------- checks

    def check_recursion(self) -> bool:
        """Report inlines that call themselves, or that nest too deeply; return whether there are none."""
        done: dict[str, int] = {}  # how deep calls nest below a function
        clean = True
        for start in self.functions:
            if start in done:
                continue
            path: list[str] = [start]
            pending = [iter(self._callees(start))]
            while pending:
                step = next(pending[-1], None)
                if step is None:
                    name = path.pop()
                    done[name] = 1 + max((done.get(callee, 0) for callee, _ in self._callees(name)), default=0)
                    pending.pop()
                    continue
                callee, span = step
                if callee in path:
                    cycle = [*path[path.index(callee) :], callee]
                    message = f"inlines cannot call themselves: {' -> '.join(f'`{name}`' for name in cycle)}"
                    self.bag.error("MC110", message, span, [Note("write a loop instead")])
                    clean = False
                elif callee not in done and callee in self.functions:
                    path.append(callee)
                    pending.append(iter(self._callees(callee)))
        deepest = max(done, key=lambda name: done[name], default="")
        if clean and deepest and done[deepest] > CALL_DEPTH:
            message = f"calls nest {done[deepest]} deep below `{deepest}` (at most {CALL_DEPTH})"
            self.bag.error("MC212", message, self.declarations.functions[deepest].span)
            return False
        return clean

    def check_copies(self) -> bool:
        """Report processes that are made of too many copies of inlines (``check_recursion`` found
        nothing); return whether there are none.
        """
        # A call is noted more than once while it is resolved.
        callees = {name: tuple(dict.fromkeys(context.calls)) for name, context in self.symbols.contexts.items()}
        calls = {name: tuple(dict.fromkeys(context.calls)) for name, context in self.process_contexts.items()}
        fine = [
            check_copies(process.name, process.span, calls[process.name], callees, self.bag)
            for process in (*self.processes, *self.idle)
        ]
        return all(fine)

    def _callees(self, name: str) -> list[tuple[str, Span]]:
        return self.symbols.contexts[name].calls

    def check_self(self) -> None:
        """Report an inline that asks for ``self`` and is called from classes whose identities differ."""
        for process in (*self.processes, *self.idle):
            own = self.process_contexts[process.name]
            seen: set[str] = set()
            stack = [name for name, _ in own.calls]
            while stack:
                name = stack.pop()
                if name in seen or name not in self.functions:
                    continue
                seen.add(name)
                context = self.symbols.contexts[name]
                if context.uses_self and context.self_type != own.self_type and own.self_type is not None:
                    notes = [Note(f"`{process.name}` calls it as well", process.span)]
                    message = f"`self` in `{name}` would be of different types for its callers"
                    self.bag.error("MC121", message, context.uses_self[0], notes)
                stack.extend(callee for callee, _ in context.calls)


def _looks_at_state(initialiser: typed.Expr) -> bool:
    """Whether an initialiser may read a shared variable, itself or in what it calls."""
    return reads_shared(initialiser) or any(isinstance(node, typed.CallExpr) for node in below(initialiser))


def _assigned(init: typed.Block) -> frozenset[int]:
    """Return the shared variables that an init block assigns as a whole, at its top level, labelled or not."""
    found: set[int] = set()
    for block in init.statements:
        if isinstance(block, typed.Block):
            for statement in block.statements:
                while isinstance(statement, typed.Labelled):
                    statement = statement.statement
                if isinstance(statement, typed.Assign) and not statement.target.selectors:
                    root = statement.target.root
                    if isinstance(root, typed.SharedRoot):
                        found.add(root.var)
    return frozenset(found)


def _condition(context: Context, written: ast.Expr | None) -> typed.Expr | None:
    """A condition of a whole process; None if there is none, or it is wrong (and reported)."""
    if written is None:
        return None
    try:
        with context.purely():
            return expressions.condition(context, written)
    except UnresolvedError:
        return None


def _own_element(context: Context, array: str, span: Span) -> typed.Place | None:
    """The element of an array over a process class that is the process's own."""
    try:
        with context.purely():
            found = places.designator(context, ast.Index(ast.Name(array, span), ast.Name("self", span), span), None)
    except UnresolvedError:
        return None
    return found if isinstance(found, typed.Place) else None
