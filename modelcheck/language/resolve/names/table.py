"""The declared things of one instance: each is worked out when it is first asked for.

Params may use each other, counts may use params, types may use both: asking on demand finds the order, and a thing
that is asked for while it is being worked out is a cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from modelcheck.ground.diagnostics import DiagnosticBag, Fix, Note
from modelcheck.ground.source import NOWHERE, Span
from modelcheck.language.resolve.checks.reads import reads_shared
from modelcheck.language.resolve.code import expressions
from modelcheck.language.resolve.names.declarations import Declarations, TypeName
from modelcheck.language.resolve.names.scope import Context, Header, SharedHeader, Site, UnresolvedError
from modelcheck.language.resolve.scenarios import Scenario
from modelcheck.language.resolve.types import type_names
from modelcheck.language.resolve.types.compatibility import (
    describe,
    is_number,
    is_scalar,
    size,
    value_type,
    values,
    zero,
)
from modelcheck.language.resolve.types.conversion import article, static_range
from modelcheck.language.syntax import ast
from modelcheck.model import typed

if TYPE_CHECKING:
    from modelcheck.language.resolve.names.uses import Uses

#: Slots of one pool, instances of one class.
POOL_LIMIT = 4096
COUNT_LIMIT = 1000

T = TypeVar("T")


class Symbols:
    """All declared things by name, for one scenario. ``bodies`` makes the bodies of inlines (see ``instance``)."""

    def __init__(
        self,
        declarations: Declarations,
        scenario: Scenario,
        overrides: Mapping[str, typed.Value],
        counts: Mapping[str, int],
        bag: DiagnosticBag,
        uses: Uses | None = None,
    ) -> None:
        self.declarations = declarations
        self.uses = uses
        self.scenario = scenario
        self._overrides = overrides
        self._counts = counts
        self._bag = bag
        self._known: dict[tuple[str, str], object] = {}
        self._working: list[tuple[str, str]] = []
        self._literals = {name: tuple(enums) for name, enums in declarations.literals.items()}
        self._shared_ids = {name: number for number, name in enumerate(declarations.shared)}
        self.locals: list[typed.Local] = []
        self.contexts: dict[str, Context] = {}
        self.queue: list[str] = []
        self.builtin_events: dict[tuple[typed.EventKind, str], typed.Event] = {}
        self.unmodelled: dict[typed.Unmodelled, list[tuple[str, Span]]] = {}
        self.resolve_function: Callable[[str], typed.Block | None] | None = None
        self.resolve_label: Callable[[ast.LabelPath, Context], typed.LabelRef] | None = None
        self.resolve_instance: Callable[[Context, str, ast.Expr], typed.Expr] | None = None

    @property
    def bag(self) -> DiagnosticBag:
        return self._bag

    def note_unmodelled(self, promised: typed.Unmodelled, name: str, span: Span) -> None:
        """Take down that the spelling ``name`` promises what no step does."""
        self.unmodelled.setdefault(promised, []).append((name, span))

    def _once(self, kind: str, name: str, span: Span | None, make: Callable[[], T]) -> T:
        """Return what ``make`` makes, made once. What was reported wrong once is not reported again."""
        key = (kind, name)
        if key in self._known:
            found = self._known[key]
            if found is None:
                raise UnresolvedError
            return found  # type: ignore[return-value]  # each kind of key has one type of value
        if key in self._working:
            cycle = " -> ".join(f"`{part}`" for _, part in [*self._working[self._working.index(key) :], key])
            self._bag.error("MC117", f"`{name}` is defined in terms of itself: {cycle}", span)
            raise UnresolvedError
        self._working.append(key)
        try:
            found_now = make()
        except UnresolvedError:
            self._known[key] = None
            raise
        finally:
            self._working.pop()
        self._known[key] = found_now
        return found_now

    def constant_context(self, owner: str, site: Site = Site.CONSTANT) -> Context:
        """Return surroundings in which only constants (or, for another site, also shared things) are known."""
        return Context(self, owner, site)

    # ---------------------------------------------------------------------------- params and counts

    def constant(self, name: str, span: Span) -> typed.Constant | None:
        if name not in self.declarations.constants:
            return None
        found = self._once("param", name, span, lambda: self._constant(name))
        return typed.Constant(found.value, found.type, span)

    def _constant(self, name: str) -> typed.Constant:
        declared = self.declarations.constants[name]
        context = self.constant_context(name)
        type = None if declared.type is None else self.type(declared.type)
        if type is not None and not self._may_be_constant(type):
            context.fail("MC217", f"a param cannot be {article(type)}", declared.span)
        if isinstance(declared, ast.UnknownDecl) and type is not None and values(element_of(type)) is None:
            context.fail(
                "MC217",
                f"an unknown needs finitely many values: a range, bool, enum or a set of those, not {describe(type)}",
                declared.span,
            )
        node = declared.value
        setting = self.scenario.params.get(name)
        if setting is not None:
            node = setting.value
        if name in self._overrides:
            if type is None:
                assert declared.value is not None
                type = expressions.scalar(context, declared.value).type
            return self._override(context, name, type, declared.span)
        if node is None:
            hint = "`modelcheck synth` finds the values that are safe; or give it a default"
            note = Note(f"`--set {name}=…` gives it a value for one run")
            context.fail("MC216", f"the unknown `{name}` has no value: {hint}", declared.span, [note])
        if type is None:
            assert declared.value is not None
            type = expressions.scalar(context, declared.value).type
            if not self._may_be_constant(type):
                context.fail("MC217", f"a param cannot be {article(type)}", declared.span)
        found = expressions.value(context, node, type, f"`{name}`")
        if not isinstance(found, typed.Constant):
            context.fail("MC205", f"the value of `{name}` is not a constant", node.span)
        static_range(context, found, type, node, f"`{name}`")
        return typed.Constant(found.value, type, found.span)

    @staticmethod
    def _may_be_constant(type: typed.Type) -> bool:
        element = element_of(type)
        return isinstance(element, typed.BoolType | typed.BvType | typed.EnumType) or is_number(element)

    def _override(self, context: Context, name: str, type: typed.Type, span: Span) -> typed.Constant:
        given = self._overrides[name]
        if isinstance(type, typed.SetType):
            fits = isinstance(given, frozenset) and all(_is_value(member, type.element) for member in given)
        else:
            fits = _is_value(given, type)
        if not fits:
            context.fail("MC116", f"`{name}` has type {describe(type)}; {given} is none", span)
        return typed.Constant(given, type, NOWHERE)

    def process_count(self, name: str) -> int | None:
        found = self._once("count", name, self.declarations.processes[name].span, lambda: (self._count(name),))
        return found[0]

    def _count(self, name: str) -> int | None:
        declared = self.declarations.processes[name]
        entry = self.scenario.runs.get(name)
        if not declared.server and entry is None:
            return 0
        if declared.index is not None:
            return len(self._class_enum(declared).literals)
        if entry is None:
            return 1 if declared.each is None else self.reference(declared.each).pool
        if name in self._counts:
            return self._counts[name]
        if entry.any_number:
            return None
        if entry.count is None:
            return 1
        context = self.constant_context(self.scenario.name)
        count = type_names.integer(context, entry.count)
        if not 0 <= count <= COUNT_LIMIT:
            context.fail("MC212", f"0 to {COUNT_LIMIT} instances can run, not {count}", entry.count.span)
        return count

    def _class_enum(self, declared: ast.ProcessDecl) -> typed.EnumType:
        index = declared.index
        assert index is not None
        if isinstance(index, ast.NamedType | ast.Name):
            enum = self.type_name(index.name)
            if isinstance(enum, ast.EnumDecl):
                if self.uses is not None:
                    self.uses.use_type(index.name, index.span)
                return self.enum(index.name)
        text = index.span.text
        head = declared.span.text.split("[", 1)
        fixes = []
        if len(head) == 2 and text:
            fixes.append(
                Fix(
                    f"leave it out here and write `run {declared.name}[{text}]` in the scenario",
                    _brackets(index.span),
                    "",
                )
            )
        message = (
            f"how many run is said in the scenario: `run {declared.name}[{text or 'n'}]`; only an enum can stand here"
        )
        self._bag.error("MC113", message, index.span, (), fixes)
        raise UnresolvedError

    def process_type(self, name: str) -> typed.Type:
        declared = self.declarations.processes[name]
        if declared.index is not None:
            return self._once("class", name, declared.span, lambda: self._class_enum(declared))
        return typed.ProcType(name, self.process_count(name) or 0)

    # ------------------------------------------------------------------------------------ types

    def type(self, node: ast.TypeNode | ast.Expr) -> typed.Type:
        return type_names.resolve_type(self.constant_context("type"), node)

    def index_type(self, node: ast.TypeNode | ast.Expr) -> typed.Type:
        return type_names.resolve_index(self.constant_context("type"), node)

    def type_name(self, name: str) -> TypeName | None:
        return self.declarations.types.get(name)

    def type_names(self) -> Iterable[str]:
        return self.declarations.types

    def literal(self, name: str) -> Sequence[str]:
        return self._literals.get(name, ())

    def enum(self, name: str) -> typed.EnumType:
        declared = self.declarations.types[name]
        assert isinstance(declared, ast.EnumDecl)
        return self._once("enum", name, declared.span, lambda: typed.EnumType(name, declared.literals))

    def word(self, name: str) -> typed.BvType:
        declared = self.declarations.types[name]
        assert isinstance(declared, ast.BitsDecl)
        return self._once("word", name, declared.span, lambda: self._word(declared))

    def _word(self, declared: ast.BitsDecl) -> typed.BvType:
        context = self.constant_context(declared.name)
        names: dict[int, str] = {}
        next = 0
        for bit in declared.bits:
            number = next if bit.number is None else type_names.integer(context, bit.number)
            self.check_bit(context, number, bit.span)
            if number in names:
                context.fail("MC240", f"bit {number} has two names, `{names[number]}` and `{bit.name}`", bit.span)
            names[number] = bit.name
            next = number + 1
        bits = tuple((1 << number, name) for number, name in sorted(names.items()))
        return typed.BvType(max(names) + 1, typed.Bits(declared.name, bits))

    def check_bit(self, context: Context, number: int, span: Span) -> None:
        last = type_names.MAX_WIDTH - 1
        if not 0 <= number <= last:
            context.fail("MC240", f"the bits of a word have numbers from 0 to {last}, not {number}", span)

    def bit(self, name: str) -> tuple[int, typed.BvType] | None:
        owner = self.declarations.bits.get(name)
        if owner is None:
            return None
        word = self.word(owner)
        assert word.bits is not None
        mask = next(mask for mask, known in word.bits.masks if known == name)
        return mask.bit_length() - 1, word

    def struct(self, name: str) -> typed.StructType:
        declared = self.declarations.types[name]
        assert isinstance(declared, ast.StructDecl)

        def make() -> typed.StructType:
            fields = [self._field(name, item, self._field_type(item)) for item in declared.fields]
            return typed.StructType(name, tuple(field for field in fields if field is not None))

        return self._once("struct", name, declared.span, make)

    def _field_type(self, item: ast.FieldDecl) -> typed.Type | None:
        try:
            return self.type(item.type)
        except UnresolvedError:
            return None

    def _field(self, owner: str, item: ast.FieldDecl, type: typed.Type | None) -> typed.Field | None:
        """Return the field with its constant initial value; None if its type is wrong."""
        if type is None:
            return None
        initial = None
        element = type
        while isinstance(element, typed.ArrayType):
            element = element.element
        if item.value is not None and not isinstance(item.value, ast.UninitLit):
            initial = self.initial_constant(owner, item.name, item.value, element)
        elif isinstance(element, typed.AtomicType):
            start = zero(value_type(element))
            initial = typed.Constant(start, value_type(element), item.span)
        return typed.Field(item.name, type, initial, item.span, item.pending)

    def initial_constant(self, owner: str, name: str, node: ast.Expr, type: typed.Type) -> typed.Constant | None:
        """Return the constant initial value of a field; None after a report if it is none."""
        context = self.constant_context(f"{owner}.{name}")
        try:
            if not is_scalar(type) and not isinstance(type, typed.AtomicType):
                context.fail("MC221", f"{describe(type)} cannot have an initial value", node.span)
            found = expressions.value(context, node, type, f"`{name}`")
            if not isinstance(found, typed.Constant):
                context.fail("MC221", "the initial value of a field must be a constant", node.span)
            static_range(context, found, value_type(type), node, f"`{name}`")
        except UnresolvedError:
            return None
        return found

    def reference(self, name: str) -> typed.RefType:
        declared = self.declarations.types[name]
        assert isinstance(declared, ast.ObjectDecl)
        return self._once("pool", name, declared.span, lambda: self._reference(declared))

    def _reference(self, declared: ast.ObjectDecl) -> typed.RefType:
        context = self.constant_context(declared.name)
        pool = type_names.integer(context, declared.pool)
        if not 1 <= pool <= POOL_LIMIT:
            context.fail("MC212", f"a pool has 1 to {POOL_LIMIT} slots, not {pool}", declared.pool.span)
        return typed.RefType(declared.name, pool, declared.typestable)

    def object_fields(self, name: str) -> dict[str, typed.Type]:
        declared = self.declarations.types[name]
        assert isinstance(declared, ast.ObjectDecl)

        def make() -> dict[str, typed.Type]:
            found = ((item.name, self._field_type(item)) for item in declared.fields)
            return {field: type for field, type in found if type is not None}

        return self._once("fields", name, declared.span, make)

    def object_class(self, number: int, name: str) -> typed.ObjectClass:
        """Return the object declaration, initial values included."""
        declared = self.declarations.types[name]
        assert isinstance(declared, ast.ObjectDecl)
        type = self.reference(name)
        types = self.object_fields(name)
        fields = [self._field(name, item, types.get(item.name)) for item in declared.fields]
        kept = tuple(field for field in fields if field is not None)
        cells = type.pool * max(1, sum(size(field.type) for field in kept))
        if cells > 4 * POOL_LIMIT:
            self._bag.error(
                "MC212", f"the pool of `{name}` has {cells} cells (at most {4 * POOL_LIMIT})", declared.span
            )
        return typed.ObjectClass(number, name, type.pool, type.typestable, kept, declared.span)

    # ------------------------------------------------------------------------ variables and events

    def shared(self, name: str) -> SharedHeader | None:
        number = self._shared_ids.get(name)
        if number is None:
            return None
        declared = self.declarations.shared[name]
        return self._once(
            "shared", name, declared.span, lambda: SharedHeader(number, name, self._shared_type(declared))
        )

    def is_shared(self, name: str) -> bool:
        return name in self._shared_ids

    def _shared_type(self, declared: ast.SharedDecl) -> typed.Type:
        return self.type(declared.type)

    def new_local(self, name: str, type: typed.Type, owner: str, span: Span) -> typed.Local:
        local = typed.Local(len(self.locals), name, type, owner, span)
        self.locals.append(local)
        return local

    def event(self, name: str) -> typed.Event | None:
        declared = self.declarations.events.get(name)
        if declared is None:
            return None
        return self._once("event", name, declared.span, lambda: self._event(declared))

    def _event(self, declared: ast.EventDecl) -> typed.Event:
        number = list(self.declarations.events).index(declared.name)
        parameters = []
        for parameter in declared.parameters:
            type = self.type(parameter.type)
            if parameter.by_reference:
                self._bag.error("MC217", "an event carries values: no `&` here", parameter.span)
                raise UnresolvedError
            if not is_scalar(type):
                self._bag.error("MC217", f"an event carries values; {article(type)} is none", parameter.span)
                raise UnresolvedError
            parameters.append(self.new_local(parameter.name, type, declared.name, parameter.span))
        return typed.Event(number, declared.name, tuple(parameters), typed.EventKind.EMIT, declared.span, declared.name)

    def builtin_event(self, kind: typed.EventKind, subject: str) -> typed.Event:
        """Return the event ``new T``, ``free T``, ``call cb`` or ``return cb``."""
        key = (kind, subject)
        if key not in self.builtin_events:
            name, facts, returns = typed.event_name(kind, subject), typed.EVENTS[kind], False
            number = len(self.declarations.events) + len(self.builtin_events)
            parameters: list[typed.Local] = []
            if facts.subject is typed.EventSubject.OBJECT:
                span = self.declarations.types[subject].span
                parameters.append(self.new_local("object", self.reference(subject), name, span))
            else:
                header = self._header(subject)
                span = header.span
                parameters += [
                    self.new_local(p.name, p.type, name, p.span)
                    for p in header.parameters
                    if isinstance(p, typed.Local)
                ]
                returns = facts.with_result and not isinstance(header.result, typed.VoidType)
                if returns:
                    parameters.append(self.new_local("result", header.result, name, span))
            self.builtin_events[key] = typed.Event(number, name, tuple(parameters), kind, span, subject, returns)
        return self.builtin_events[key]

    # ------------------------------------------------------------------------------------- functions

    def header(self, name: str, caller: Context, span: Span) -> Header | None:
        if name not in self.declarations.functions:
            return None
        header = self._header(name)
        caller.calls.append((name, span))
        if name not in self.contexts:
            self.contexts[name] = Context(self, name, Site.CODE, caller.self_type, unused=caller.unused)
            self.queue.append(name)
        return header

    def result_of(self, name: str) -> typed.Type:
        """Return the result type of an inline or callback."""
        return self._header(name).result

    def _header(self, name: str) -> Header:
        declared = self.declarations.functions[name]
        return self._once("function", name, declared.span, lambda: self._make_header(name))

    def _make_header(self, name: str) -> Header:
        declared = self.declarations.functions[name]
        parameters: list[typed.Local | typed.RefParam] = []
        for number, parameter in enumerate(declared.parameters):
            type = self.type(parameter.type)
            if parameter.by_reference:
                key = 1000 * list(self.declarations.functions).index(name) + number
                parameters.append(typed.RefParam(key, parameter.name, type, parameter.span))
            elif is_scalar(type):
                parameters.append(self.new_local(parameter.name, type, name, parameter.span))
            else:
                fix = (Fix("pass it by reference", parameter.span, f"&{parameter.span.text}"),)
                message = f"{article(type)} is not a value; pass it by reference: `&{parameter.name}`"
                self._bag.error("MC209", message, parameter.span, (), fix)
                raise UnresolvedError
        result: typed.Type = typed.VoidType()
        if declared.result is not None:
            result = self.type(declared.result)
            if not is_scalar(result):
                self._bag.error("MC209", f"{article(result)} is not a value; it cannot be returned", declared.span)
                raise UnresolvedError
        callback = isinstance(declared, ast.CallbackDecl)
        return Header(name, tuple(parameters), result, callback, declared.span)

    def body_reads_shared(self, name: str) -> bool:
        assert self.resolve_function is not None
        body = self.resolve_function(name)
        if body is None:
            return True
        match body.statements:
            case (typed.Return(value),) if value is not None:
                return reads_shared(self.contexts[name], value)
            case _:
                return True

    def label(self, node: ast.LabelPath, context: Context) -> typed.LabelRef:
        assert self.resolve_label is not None
        return self.resolve_label(node, context)

    def instance(self, process: str, node: ast.Expr, context: Context) -> typed.Expr:
        assert self.resolve_instance is not None
        return self.resolve_instance(context, process, node)

    # ------------------------------------------------------------------------------------- names

    def function_names(self) -> Iterable[str]:
        return self.declarations.functions

    def value_names(self) -> Iterable[str]:
        known = self.declarations
        return [*known.constants, *known.shared, *known.bits, *self._literals, "self"]

    def event_names(self) -> Iterable[str]:
        return self.declarations.events


def element_of(type: typed.Type) -> typed.Type:
    """Return the element type of a set type, any other type as it is."""
    return type.element if isinstance(type, typed.SetType) else type


def _is_value(given: typed.Value, type: typed.Type) -> bool:
    """Whether ``given`` is a value of a scalar type without structure."""
    if isinstance(type, typed.BoolType):
        return isinstance(given, bool)
    domain = values(type)
    return isinstance(given, int) and not isinstance(given, bool) and (domain is None or given in domain)


def _brackets(span: Span) -> Span:
    """Return ``span`` widened by the brackets around it."""
    text = span.source.text
    start, end = span.start, span.end
    while start > 0 and text[start - 1] != "[":
        start -= 1
    while end < len(text) and text[end] != "]":
        end += 1
    return Span(span.source, max(0, start - 1), min(len(text), end + 1))


__all__ = ["Symbols", "element_of"]
