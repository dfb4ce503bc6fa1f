"""Properties: their expressions, event patterns and keys, and whether they apply in the scenario."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.diagnostics import Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.resolve.code import domains, expressions
from modelcheck.language.resolve.names.declarations import Declarations
from modelcheck.language.resolve.names.scope import Context, Site, UnresolvedError, plural
from modelcheck.language.resolve.names.table import Symbols
from modelcheck.language.resolve.types.compatibility import FINITE_LIMIT, describe, values
from modelcheck.language.resolve.types.conversion import static_range
from modelcheck.language.syntax import ast
from modelcheck.model import typed

_QUANTITIES = {
    ast.Quantity.EXACTLY_ONCE: typed.Quantity.EXACTLY_ONCE,
    ast.Quantity.AT_MOST: typed.Quantity.AT_MOST,
    ast.Quantity.AT_LEAST_ONCE: typed.Quantity.AT_LEAST_ONCE,
    ast.Quantity.NEVER: typed.Quantity.NEVER,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A property before it is known whether it applies: what it names."""

    name: str
    kind: str
    body: typed.PropertyBody
    existential: bool
    labels: tuple[typed.LabelRef, ...]
    processes: tuple[str, ...]
    span: Span


class Properties:
    """Resolves the properties of one instance. Wrong ones are reported and left out."""

    def __init__(self, declarations: Declarations, symbols: Symbols) -> None:
        self.declarations = declarations
        self.symbols = symbols

    def resolve(self, node: ast.PropertyDecl | ast.CountDecl | ast.OrderDecl | ast.OnlyIfDecl) -> Draft | None:
        """Return the property, None (and a report) if it is wrong."""
        context = Context(self.symbols, node.name, Site.PROPERTY, pure=1)
        try:
            match node:
                case ast.PropertyDecl(kind):
                    body, word, existential = self._expression(context, node), kind.value, _is_existential(kind)
                case ast.CountDecl():
                    body, word, existential = self._count(context, node), "count", False
                case ast.OrderDecl():
                    body, word, existential = self._order(context, node), "order", False
                case ast.OnlyIfDecl():
                    body, word, existential = self._only_if(context, node), "only_if", False
                case _:
                    assert_never(node)
        except UnresolvedError:
            return None
        return Draft(node.name, word, body, existential, tuple(context.labels), tuple(context.classes), node.span)

    # -------------------------------------------------------------------------------- expressions

    def _expression(self, context: Context, node: ast.PropertyDecl) -> typed.PropertyBody:
        kind = node.kind
        context.allow_primed = kind is ast.PropertyKind.STEP
        context.allow_after = kind in (ast.PropertyKind.INVARIANT, ast.PropertyKind.COVER, ast.PropertyKind.STEP)
        if kind is ast.PropertyKind.MAY:
            return self._may(context, node.expression)
        found = expressions.condition(context, node.expression)
        match kind:
            case ast.PropertyKind.INVARIANT:
                return typed.Invariant(found)
            case ast.PropertyKind.STEP:
                return typed.StepInvariant(found)
            case ast.PropertyKind.FINAL:
                return typed.Final(found)
            case ast.PropertyKind.COVER:
                return typed.Cover(found)
            case _:
                assert_never(kind)

    def _may(self, context: Context, node: ast.Expr) -> typed.PropertyBody:
        key: typed.Local | None = None
        domain: typed.Domain | None = None
        with context.scope():
            if isinstance(node, ast.Quantifier) and isinstance(node.body, ast.May):
                if node.kind is ast.QuantifierKind.FORALL:
                    context.fail("MC220", "a `may` property asks for one witness: `exists`, not `forall`", node.span)
                domain, type = domains.domain(context, node.domain)
                if isinstance(domain, typed.SetDomain):
                    context.fail("MC219", "the key of `may` cannot range over a set variable", node.domain.span)
                key = self._key(context, node.variable, type, node.span)
                context.declare(node.variable, key, node.span)
                node = node.body
            if not isinstance(node, ast.May):
                note = Note("as in `may m : exists p in Page : p->count == 3 may releasepage(p) == true;`")
                context.fail("MC220", "a `may` property reads `condition may event`", node.span, [note])
            condition = expressions.condition(context, node.condition)
            then = self._outcome(context, node.event, key)
        return typed.May(key, domain, condition, then)

    def _outcome(self, context: Context, node: ast.Expr, key: typed.Local | None) -> typed.EventPattern | typed.Expr:
        """Return the right side of ``may``: an event pattern if it reads as one, else a condition."""
        call, result = node, None
        if isinstance(node, ast.Binary) and node.operator == "==" and isinstance(node.left, ast.Call):
            call, result = node.left, node.right
        if isinstance(call, ast.Call) and self._names_event(call.name):
            bound = {} if key is None else {key.name: key}
            pattern = ast.EventPattern(call.name, call.arguments, result, node.span)
            return self._pattern(context, pattern, bound, new_keys=False, objects={})
        return expressions.condition(context, node)

    def _names_event(self, name: str) -> bool:
        function = self.declarations.functions.get(name)
        return name in typed.PATTERN_WORDS or name in self.declarations.events or isinstance(function, ast.CallbackDecl)

    # ------------------------------------------------------------------------------------- events

    def _key(self, context: Context, name: str, type: typed.Type, span: Span, finite: bool = True) -> typed.Local:
        domain = values(type)
        if finite and (domain is None or len(domain) > FINITE_LIMIT):
            note = Note("a key needs a type with finitely (not too) many values: a reference, enum, range…")
            context.fail("MC220", f"`{name}` cannot be a key: it has type {describe(type)}", span, [note])
        return self.symbols.new_local(name, type, context.owner, span)

    def _event(self, context: Context, node: ast.EventPattern, objects: dict[str, str]) -> typed.Event:
        """Return the event of a pattern. ``objects``: for the names in the other pattern the object they refer to."""
        if node.event in typed.PATTERN_WORDS:
            kind = typed.PATTERN_WORDS[node.event]
            return self.symbols.builtin_event(kind, self._object(context, node, objects))
        event = self.symbols.event(node.event)
        uses = self.symbols.uses
        if event is not None:
            if uses is not None:
                uses.use_event(node.event, node.span)
            return event
        function = self.declarations.functions.get(node.event)
        if isinstance(function, ast.CallbackDecl):
            if uses is not None:
                uses.use_function(node.event, node.span)
            kind = typed.EventKind.CALL if node.result is None else typed.EventKind.RETURN
            return self.symbols.builtin_event(kind, node.event)
        if function is not None:
            note = Note("declare it `callback` to watch its calls, or `emit` an event in it", function.span)
            context.fail("MC115", f"`{node.event}` is an inline; it is no event", node.span, [note])
        callbacks = [n for n, f in self.declarations.functions.items() if isinstance(f, ast.CallbackDecl)]
        candidates = [*self.declarations.events, *callbacks, *typed.PATTERN_WORDS]
        context.fail_missing("MC115", f"unknown event `{node.event}`", node.event, candidates, node.span)

    def _object(self, context: Context, node: ast.EventPattern, objects: dict[str, str]) -> str:
        """Return which object ``new(x)`` or ``free(x)`` is about: x is an object's name, or a key
        of the other pattern.
        """
        if len(node.arguments) != 1 or node.result is not None:
            context.fail("MC207", f"`{node.event}` takes one argument in a pattern", node.span)
        argument = node.arguments[0]
        if isinstance(argument, ast.Name):
            if isinstance(self.symbols.type_name(argument.name), ast.ObjectDecl):
                if self.symbols.uses is not None:
                    self.symbols.uses.use_type(argument.name, argument.span)
                return argument.name
            if argument.name in objects:
                if isinstance(self.symbols.type_name(objects[argument.name]), ast.ObjectDecl):
                    return objects[argument.name]
                raise UnresolvedError  # its type is wrong, which is reported where it is declared
            found, symbol = context.lookup(argument.name)
            if found and symbol is not None and isinstance(symbol.type, typed.RefType):
                return symbol.type.target
        note = Note(f"write `{node.event}(T)` for any object T, or use a key that the other pattern types")
        context.fail("MC225", f"`{node.event}` of which object?", node.span, [note])

    def _objects(self, node: ast.EventPattern | None) -> dict[str, str]:
        """Return the names in a pattern of a declared event or callback whose parameter is a reference."""
        if node is None or node.event in typed.PATTERN_WORDS:
            return {}
        event = self.declarations.events.get(node.event)
        function = self.declarations.functions.get(node.event)
        parameters = event.parameters if event is not None else function.parameters if function is not None else ()
        parameters = tuple(p for p in parameters if not p.by_reference)
        return {
            argument.name: parameter.type.target
            for parameter, argument in zip(parameters, node.arguments, strict=False)
            if isinstance(argument, ast.Name) and isinstance(parameter.type, ast.RefTypeNode)
        }

    def _pattern(
        self,
        context: Context,
        node: ast.EventPattern,
        keys: dict[str, typed.Local],
        *,
        new_keys: bool,
        objects: dict[str, str],
        finite: bool = True,
    ) -> typed.EventPattern:
        """Return a pattern; names that are no constants are keys: of ``keys``, or (``new_keys``) entered there."""
        event = self._event(context, node, objects)
        given = list(node.arguments)
        if node.result is not None:
            if not event.facts.with_result:
                context.fail("MC220", f"only a callback has a result; `{node.event}` is an event", node.span)
            if isinstance(self.symbols.result_of(node.event), typed.VoidType):
                context.fail("MC220", f"`{node.event}` has no result", node.span)
            given.append(node.result)
        if len(given) != len(event.parameters):
            wanted = plural(len(event.parameters) - (node.result is not None), "argument")
            context.fail("MC207", f"`{node.event}` takes {wanted}, not {len(node.arguments)}", node.span)
        seen: set[str] = set()
        arguments = []
        for parameter, argument in zip(event.parameters, given, strict=True):
            found = self._argument(context, parameter, argument, keys, new_keys, event, finite)
            if isinstance(found, typed.Local):
                if found.name in seen:
                    context.fail("MC220", f"the key `{found.name}` stands twice in this pattern", argument.span)
                seen.add(found.name)
            arguments.append(found)
        return typed.EventPattern(event.id, tuple(arguments), node.span)

    def _argument(
        self,
        context: Context,
        parameter: typed.Local,
        node: ast.Expr,
        keys: dict[str, typed.Local],
        new_keys: bool,
        event: typed.Event,
        finite: bool,
    ) -> typed.Constant | typed.Local | None:
        if isinstance(node, ast.Wildcard):
            return None
        symbols = self.symbols
        if isinstance(node, ast.Name):
            name = node.name
            allocation = event.facts.subject is typed.EventSubject.OBJECT
            if allocation and isinstance(symbols.type_name(name), ast.ObjectDecl):
                return None
            if name in keys:
                key = keys[name]
                if key.type != parameter.type:
                    message = f"`{name}` is {describe(key.type)} in one pattern and {describe(parameter.type)} here"
                    context.fail("MC220", message, node.span)
                context.use_local(key, node.span)
                return key
            if symbols.is_shared(name):
                note = Note("a pattern holds constants, `_`, or names of its own (keys)")
                context.fail("MC220", f"`{name}` is a shared variable; it cannot stand in a pattern", node.span, [note])
            constant = name in self.declarations.constants or bool(symbols.literal(name))
            if not constant:
                if not new_keys:
                    context.fail("MC101", f"unknown name `{name}`; write `_` if any value will do", node.span)
                keys[name] = self._key(context, name, parameter.type, node.span, finite)
                if symbols.uses is not None:
                    symbols.uses.local(name, context.owner, node.span)
                return keys[name]
        purpose = f"the argument `{parameter.name}`"
        found = expressions.value(context, node, parameter.type, purpose)
        if not isinstance(found, typed.Constant):
            context.fail("MC220", "a pattern holds constants, `_`, or names of its own (keys)", node.span)
        static_range(context, found, parameter.type, node, purpose)
        return found

    # ------------------------------------------------------------------------- count, order, only_if

    def _pair(
        self, context: Context, one: ast.EventPattern, other: ast.EventPattern
    ) -> tuple[typed.EventPattern, typed.EventPattern, tuple[typed.Local, ...]]:
        """Resolve two patterns with common keys; a name that only one of them has matches anything."""
        common = _names(one) & _names(other)
        keys: dict[str, typed.Local] = {}
        # The names that only one pattern has need no finite type: they are dropped.
        first = self._pattern(context, _open(one, common, self), keys, new_keys=True, objects=self._objects(other))
        second = self._pattern(context, _open(other, common, self), keys, new_keys=True, objects=self._objects(one))
        return first, second, tuple(a for a in first.arguments if isinstance(a, typed.Local))

    def is_constant(self, name: str) -> bool:
        """Whether a name in a pattern is a constant, a shared variable (an error) or an object, and so no key."""
        return (
            name in self.declarations.constants
            or bool(self.symbols.literal(name))
            or self.symbols.is_shared(name)
            or isinstance(self.symbols.type_name(name), ast.ObjectDecl)
        )

    def _count(self, context: Context, node: ast.CountDecl) -> typed.PropertyBody:
        keys: tuple[typed.Local, ...] = ()
        per: typed.EventPattern | None = None
        if node.quantity is ast.Quantity.NEVER and node.per is not None:
            context.fail("MC226", "`never` says it for good: leave out `per`", node.span)
        if node.until_next and node.per is None:
            context.fail("MC226", "`until next` needs a `per` event", node.span)
        if node.per is None:
            counted = self._pattern(context, _open(node.counted, set(), self), {}, new_keys=False, objects={})
        else:
            counted, per, keys = self._pair(context, node.counted, node.per)
        wants_one = node.quantity in (ast.Quantity.EXACTLY_ONCE, ast.Quantity.AT_LEAST_ONCE)
        if wants_one and not node.until_next and not node.within_drained:
            message = "nothing says by when the event must have occurred: add `within drained` or `until next`"
            context.bag.hint("MC227", message, node.span)
        limit = node.limit if node.quantity is ast.Quantity.AT_MOST else 1
        if limit > FINITE_LIMIT:
            context.fail("MC212", f"at most {FINITE_LIMIT} occurrences can be counted", node.span)
        return typed.Count(_QUANTITIES[node.quantity], limit, counted, per, node.until_next, node.within_drained, keys)

    def _order(self, context: Context, node: ast.OrderDecl) -> typed.PropertyBody:
        return typed.Order(*self._pair(context, node.first, node.second))

    def _only_if(self, context: Context, node: ast.OnlyIfDecl) -> typed.PropertyBody:
        keys: dict[str, typed.Local] = {}
        event = self._pattern(context, node.event, keys, new_keys=True, objects={}, finite=False)
        with context.scope():
            for name, key in keys.items():
                context.declare(name, key, key.span)
            condition = expressions.condition(context, node.condition)
        return typed.OnlyIf(event, condition)


def _is_existential(kind: ast.PropertyKind) -> bool:
    return kind in (ast.PropertyKind.COVER, ast.PropertyKind.MAY)


def _names(node: ast.EventPattern) -> set[str]:
    """Return the names that stand for arguments or the result."""
    return {a.name for a in (*node.arguments, node.result) if isinstance(a, ast.Name)}


def _open(node: ast.EventPattern, common: set[str], properties: Properties) -> ast.EventPattern:
    """Return the pattern with ``_`` for the names that are no keys because the other pattern lacks them."""
    objects = properties.declarations.types

    def opened(argument: ast.Expr) -> ast.Expr:
        if isinstance(argument, ast.Name) and argument.name not in common and not properties.is_constant(argument.name):
            return ast.Wildcard(argument.span)
        return argument

    arguments = tuple(opened(argument) for argument in node.arguments)
    result = None if node.result is None else opened(node.result)
    if node.event in typed.PATTERN_WORDS and arguments and isinstance(arguments[0], ast.Wildcard):
        first = node.arguments[0]
        if isinstance(first, ast.Name) and first.name not in objects:
            arguments = node.arguments
    return ast.EventPattern(node.event, arguments, result, node.span)
