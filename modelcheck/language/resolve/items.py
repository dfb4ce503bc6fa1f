"""Timers and work (docs/semantics.md, section 10): what they are, in the terms of the rest of the language.

``with_items`` writes them out before anything is resolved. An item is a bit that says whether it is
pending; who runs its handler is a server, and which object it runs for stands beside the objects,
which may be gone by then. An operation is an inline that is called with the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import field, replace
from types import MappingProxyType

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import did_you_mean
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.language.syntax.trees import below, mapped, mentions
from modelcheck.model.expressions import OWN
from modelcheck.model.items import (
    KINDS,
    OFF,
    OPERATIONS,
    PENDING,
    QUESTIONS,
    QUEUED,
    RUNNING,
    SYSTEM_QUEUES,
    ItemKind,
    ItemOperation,
)

#: What the texts below give names to, or name.
_Named = ast.Name | ast.NamedType | ast.Call | ast.SharedDecl | ast.InlineDecl | ast.LocalDecl | ast.Parameter
_FUNCTIONS = ast.InlineDecl | ast.CallbackDecl
_ASKED = "running"
#: What the code of items calls its own names.
_LOCALS: Mapping[str, str] = MappingProxyType({name: f"{OWN}{name}" for name in ("d", "was", "busy", "by")})
#: What is called in place of an operation that is wrong.
_WRONG = f"{OWN}wrong"


@dataclass(slots=True)
class _Item:
    """A timer or work item. ``owner``: the object that it is a field of; None for a shared variable.

    ``used``: the operations that the spec does on it, each with whether its result is asked for.
    """

    owner: ast.ObjectDecl | None
    name: str
    type: str
    handler: ast.Name | None
    span: Span
    used: dict[tuple[str, bool], Span] = field(default_factory=dict)

    @property
    def kind(self) -> ItemKind:
        return KINDS[self.type]

    @property
    def full(self) -> str:
        return self.name if self.owner is None else f"{self.owner.name}.{self.name}"

    @property
    def counted(self) -> bool:
        """Whether what keeps it from being pending is a number."""
        return self.type not in ("timer_list", "hrtimer")

    @property
    def kept_off(self) -> bool:
        """Whether anything ever keeps it from being pending."""
        return any("OFF =" in OPERATIONS[name].body for name, _ in self.used)

    def inline(self, operation: str, asked: bool) -> str:
        return f"{self.full}.{operation}{'.asked' if asked else ''}"


def with_items(spec: ast.Spec, bag: DiagnosticBag) -> ast.Spec:
    """Return ``spec`` with its timers and work written out; the same one if it has none. ``bag`` gets
    what is wrong with them.
    """
    if not mentions(spec, KINDS):
        return spec
    own = {item.name for item in spec.items if isinstance(item, ast.TypeDeclaration | ast.ProcessDecl)}
    kinds = frozenset(KINDS) - own
    if not any(isinstance(node, ast.NamedType) and node.name in kinds for node in below(spec.items)):
        return spec
    items = list(_found(spec, kinds, bag))
    writer = _Writer(spec, items, bag)
    rewritten = tuple(writer.item(item) for item in spec.items)
    declared = [part for item in items for part in _declarations(item)] + list(_sleeping(items))
    if bag.has_errors:
        declared.append(_wrong(spec.span))
    kept = (_without(item, items) for item in rewritten if not _is(item, items))
    return replace(spec, items=(*(_misplaced(item, kinds) for item in kept), *declared))


def _found(spec: ast.Spec, kinds: Set[str], bag: DiagnosticBag) -> Iterator[_Item]:
    """The items that a spec declares."""
    handlers = [item.name for item in spec.items if isinstance(item, _FUNCTIONS)]
    places: set[int] = set()
    for item in spec.items:
        declared: tuple[ast.SharedDecl | ast.FieldDecl, ...] = ()
        if isinstance(item, ast.SharedDecl):
            declared = (item,)
        elif isinstance(item, ast.ObjectDecl):
            declared = item.fields
        for one in declared:
            if not isinstance(one.type, ast.NamedType) or one.type.name not in kinds:
                continue
            places.add(id(one.type))
            handler = one.value
            if not isinstance(handler, ast.Name) or handler.name not in handlers:
                wrong = handler.name if isinstance(handler, ast.Name) else ""
                message = f"`{one.name}` needs the handler it runs{did_you_mean(wrong, handlers) if wrong else ''}"
                note = Note(f"it is the initial value: `{one.name} : {one.type.name} = {one.name}_fn;`")
                bag.error("MC265", message, one.span if handler is None else handler.span, [note])
                handler = None
            owner = item if isinstance(item, ast.ObjectDecl) else None
            yield _Item(owner, one.name, one.type.name, handler, one.span)
    for node in below(spec.items):
        if isinstance(node, ast.NamedType) and node.name in kinds and id(node) not in places:
            message = f"a `{node.name}` is a field of an object or a shared variable, and not part of anything else"
            bag.error("MC265", message, node.span)


def _misplaced(item: ast.Item, kinds: Set[str]) -> ast.Item:
    """An item of a spec without the types that were reported in it."""

    def change(node: object) -> object:
        if isinstance(node, ast.NamedType) and node.name in kinds:
            return replace(node, name="bool")
        return node

    if not any(isinstance(node, ast.NamedType) and node.name in kinds for node in below(item)):
        return item
    found = mapped(item, change, None)
    if isinstance(found, ast.StructDecl | ast.ObjectDecl):
        fields = (one if one in item.fields else replace(one, value=None) for one in found.fields)  # type: ignore[union-attr]
        found = replace(found, fields=tuple(fields))
    return replace(found, value=None) if isinstance(found, ast.SharedDecl) else found  # type: ignore[return-value]


def _wrong(span: Span) -> ast.InlineDecl:
    no = ast.Return(ast.BoolLit(False, span), span)
    return ast.InlineDecl(_WRONG, (), ast.NamedType("bool", span), ast.Block((no,), span), span)


def _is(item: ast.Item, items: list[_Item]) -> bool:
    return isinstance(item, ast.SharedDecl) and any(one.owner is None and one.name == item.name for one in items)


def _without(item: ast.Item, items: list[_Item]) -> ast.Item:
    """An object with the parts of its items in their places."""
    if not isinstance(item, ast.ObjectDecl):
        return item
    fields: list[ast.FieldDecl] = []
    for one in item.fields:
        found = [i for i in items if i.owner is not None and i.owner.name == item.name and i.name == one.name]
        if not found:
            fields.append(one)
        for i in found:
            for name, type, value in _parts(i):
                bit = one.name if name == PENDING else ""
                fields.append(ast.FieldDecl(f"{one.name}{name}", type, value, one.span, pending=bit))
    return replace(item, fields=tuple(fields))


def _parts(item: _Item) -> Iterator[tuple[str, ast.TypeNode, ast.Expr]]:
    """What is kept of an item: name, type and initial value."""
    span = item.span
    flag, false = ast.NamedType("bool", span), ast.BoolLit(False, span)
    yield PENDING, flag, false
    if item.kept_off and item.counted:
        zero = ast.IntLit(0, span)
        yield OFF, ast.RangeTypeNode(zero, ast.IntLit(15, span), span), zero
    elif item.kept_off:
        yield OFF, flag, false


# ------------------------------------------------------------------------------------- declarations


def _declarations(item: _Item) -> Iterator[ast.Item]:
    """The server of an item, whom its handler runs for, and its operations."""
    word, shared = item.kind.word, item.owner is None
    if shared:
        for name, type, value in _parts(item):
            yield ast.SharedDecl(f"{item.name}{name}", type, value, item.span)
    caption = f"{word} {item.full}"
    handled = "" if item.handler is None else "HANDLER({});"
    if item.owner is None:
        lines = [
            "shared RUNS : bool = false;",
            f'server CLASS {{ loop {{ atomic "{caption} begins" when (P && !RUN) {{ P = false; RUNS = true; }} '
            f'{handled.format("")} atomic "{caption} ends" {{ RUNS = false; }} }} }}',
        ]
    else:
        reference = "ref OWNER"
        lines = [
            f"shared RUNS[CLASS] : {reference} = null;",
            f'server CLASS {{ loop {{ local d : {reference}; atomic "{caption} begins" '
            f"{{ pick d in OWNER where (P && !RUN); P = false; RUNS[self] = d; }} "
            f'{handled.format("d")} atomic "{caption} ends" {{ RUNS[self] = null; }} }} }}',
        ]
    lines += [_inline(item, name, asked) for name, asked in item.used]
    for part in parse_text("\n".join(lines), "<items>").items:
        yield _placed(part, item)


def _sleeping(items: list[_Item]) -> Iterator[ast.Item]:
    """What an operation that sleeps calls, so that it is told where nobody may sleep."""
    used = {name: span for item in items for (name, _), span in item.used.items() if OPERATIONS[name].sleeps}
    for name, span in used.items():
        yield ast.CallbackDecl(name, (), None, None, True, ast.Block((), span), span)


def _inline(item: _Item, name: str, asked: bool) -> str:
    """An operation; ``asked``: somebody wants its result (if not it is not kept until the operation ends)."""
    operation = OPERATIONS[name]
    body = operation.body
    if not asked:
        body = body.replace(f"was = {QUEUED}; if (was) {{", "if (!OFF) {")
        body = body.replace("was = P; ", "").replace(" was = !OFF;", "")
    if not item.kept_off:
        body = body.replace("if (!OFF) { P = true; }", "P = true;").replace(" && !OFF", "")
    body = body.replace("atomic ", f'atomic "{name}: {item.full}" ')
    declared = "local was : bool;" if "was" in body else ""
    if "busy" in body:
        declared += " local busy : bool;"
    parameters = "" if item.owner is None else "d: ref OWNER"
    result, ends = ("-> bool", "return was;") if operation.result and asked else ("", "")
    sleeps = f"{name}();" if operation.sleeps else ""
    return f"inline OPERATION_{name}_{asked}({parameters}) {result} {{ {sleeps} {declared} {body} {ends} }}"


def _placed(part: ast.Item, item: _Item) -> ast.Item:
    """A declaration with the names of the item in it, where the item is declared."""
    names = {"CLASS": item.full, "RUNS": f"{item.full}{RUNNING}", **_LOCALS}
    names["OWNER"] = "" if item.owner is None else item.owner.name
    names |= {f"OPERATION_{name}_{asked}": item.inline(name, asked) for name, asked in item.used}

    object_ = ast.Name(_LOCALS["d"], item.span)
    handler = item.handler

    def change(node: object) -> object:
        if isinstance(node, ast.Name) and node.name == "RUN":
            return _runs(item, object_, item.span)
        if isinstance(node, ast.Name) and node.name in ("P", "OFF"):
            return _part(item, PENDING if node.name == "P" else OFF, object_, item.span)
        if isinstance(node, ast.Call) and node.name == "HANDLER" and handler is not None:
            return replace(node, name=handler.name, span=handler.span)
        if isinstance(node, ast.ExprStmt) and handler is not None and node.expression.span is handler.span:
            return replace(node, span=handler.span)
        if isinstance(node, ast.RefTypeNode):
            return replace(node, target=names["OWNER"])
        if isinstance(node, ast.PickStmt):
            return replace(node, variable=_LOCALS[node.variable])
        if isinstance(node, ast.ProcessDecl):
            each = None if item.owner is None else item.owner.name
            return replace(node, name=item.full, each=each, no_sleep=_no_sleep(item), begins=True)
        if isinstance(node, _Named):
            return replace(node, name=names.get(node.name, node.name))
        return node

    found = mapped(part, change, item.span)
    assert isinstance(found, ast.ProcessDecl | ast.SharedDecl | ast.InlineDecl | ast.CallbackDecl)
    return found


def _no_sleep(item: _Item) -> ast.Expr | None:
    return None if item.kind.may_sleep else ast.BoolLit(True, item.span)


def _part(item: _Item, what: str, base: ast.Expr, span: Span) -> ast.Expr:
    """The place of a part of an item; ``base``: the object."""
    if item.owner is None:
        return ast.Name(f"{item.name}{what}", span)
    return ast.Member(base, f"{item.name}{what}", True, span)


def _runs(item: _Item, base: ast.Expr, span: Span) -> ast.Expr:
    """That the handler of an item runs."""
    running = ast.Name(f"{item.full}{RUNNING}", span)
    if item.owner is None:
        return running
    by = ast.Name(_LOCALS["by"], span)
    same = ast.Binary("==", ast.Index(running, by, span), base, span)
    return ast.Quantifier(ast.QuantifierKind("exists"), by.name, ast.Name(item.full, span), same, span)


# --------------------------------------------------------------------------------------- operations


class _Writer:
    """Writes the operations on the items of one spec as calls of what they are."""

    def __init__(self, spec: ast.Spec, items: list[_Item], bag: DiagnosticBag) -> None:
        self.items, self.bag = items, bag
        functions = {item.name for item in spec.items if isinstance(item, _FUNCTIONS | ast.EventDecl)}
        self.operations = {name: o for name, o in OPERATIONS.items() if name not in functions}
        self.questions = {name: kinds for name, kinds in QUESTIONS.items() if name not in functions}
        self.asks = _ASKED not in functions
        self.records = {r.name: r for r in spec.items if isinstance(r, ast.ObjectDecl | ast.StructDecl)}
        self.results = {item.name: item.result for item in spec.items if isinstance(item, _FUNCTIONS)}
        self.shared = {item.name: item.type for item in spec.items if isinstance(item, ast.SharedDecl)}

    def item(self, item: ast.Item) -> ast.Item:
        types = _local_types(item)
        statements = {node.expression.span for node in below(item) if isinstance(node, ast.ExprStmt)}

        def change(node: object) -> object:
            if not isinstance(node, ast.Call):
                return node
            if node.name in self.operations:
                return self._operation(node, self.operations[node.name], types, node.span not in statements)
            if node.name in self.questions:
                return self._question(node, self.questions[node.name], types)
            if node.name == _ASKED and self.asks and len(node.arguments) == 1:
                return self._running(node, types)
            return node

        found = mapped(item, change, None)
        return found  # type: ignore[return-value]

    def _operation(self, call: ast.Call, operation: ItemOperation, types: Mapping[str, str], asked: bool) -> ast.Expr:
        given, before = call.arguments, operation.before
        least, most = before + 1, before + 1 + operation.dropped
        if not least <= len(given) <= most:
            return self._wrong(call, operation.kinds)
        queue = given[0] if before else None
        if queue is not None and not (isinstance(queue, ast.Name) and queue.name in SYSTEM_QUEUES):
            note = Note("every item may run beside the others there; ordered workqueues are not there yet")
            message = f"`{call.name}` puts work on one of {', '.join(f'`{name}`' for name in SYSTEM_QUEUES)}"
            self.bag.error("MC266", message, queue.span, [note])
            return ast.Call(_WRONG, (), call.span)
        found = self._item(given[before], operation.kinds, types)
        if found is None:
            return self._wrong(call, operation.kinds)
        item, base = found
        item.used.setdefault((call.name, asked), call.span)
        return ast.Call(item.inline(call.name, asked), () if base is None else (base,), call.span)

    def _question(self, call: ast.Call, kinds: tuple[str, ...], types: Mapping[str, str]) -> ast.Expr:
        found = self._item(call.arguments[0], kinds, types) if len(call.arguments) == 1 else None
        if found is None:
            return self._wrong(call, kinds)
        item, base = found
        return _part(item, PENDING, base or ast.Name(item.name, call.span), call.span)

    def _running(self, call: ast.Call, types: Mapping[str, str]) -> ast.Expr:
        """``running(d->reset)``; of anything else it is what it was."""
        (place,) = call.arguments
        found = self._lookup(place, types)
        if found is None:
            return call
        item, base = found
        return _runs(item, base or ast.Name(item.name, call.span), call.span)

    def _item(
        self, node: ast.Expr, kinds: tuple[str, ...], types: Mapping[str, str]
    ) -> tuple[_Item, ast.Expr | None] | None:
        found = self._lookup(node.operand if isinstance(node, ast.AddressOf) else node, types)
        return found if found is not None and found[0].type in kinds else None

    def _lookup(self, place: ast.Expr, types: Mapping[str, str]) -> tuple[_Item, ast.Expr | None] | None:
        """The item that a place is, and the object that it is in."""
        if isinstance(place, ast.Name) and place.name not in types:
            return next(((i, None) for i in self.items if i.owner is None and i.name == place.name), None)
        if not isinstance(place, ast.Member):
            return None
        owner = self._target(place.base, types)
        found = [i for i in self.items if i.owner is not None and i.name == place.field]
        meant = [i for i in found if i.owner is not None and i.owner.name == owner]
        if not meant and owner is None and len(found) == 1:
            meant = found
        return (meant[0], place.base) if meant else None

    def _target(self, node: ast.Expr, types: Mapping[str, str]) -> str | None:
        """The object that an expression refers to, if that can be told from what is written."""
        if isinstance(node, ast.Name):
            return types[node.name] if node.name in types else _referred(self.shared.get(node.name))
        if isinstance(node, ast.Member):
            record = self.records.get(self._target(node.base, types) or "")
            fields = () if record is None else record.fields
            return next((_referred(one.type) for one in fields if one.name == node.field), None)
        if isinstance(node, ast.Call):
            return _referred(self.results.get(node.name))
        return node.target if isinstance(node, ast.New) else None

    def _wrong(self, call: ast.Call, kinds: tuple[str, ...]) -> ast.Expr:
        known = [f"`{item.full}`" for item in self.items if item.type in kinds]
        there = f"there are {', '.join(known)}" if known else f"none is declared (`tick : {kinds[0]} = tick_fn;`)"
        operation = OPERATIONS.get(call.name)
        first = "wq, " if operation is not None and operation.before else ""
        message = f"it is written `{call.name}({first}&d->item)`, of a `{kinds[0]}`: {there}"
        self.bag.error("MC266", message, call.span)
        return ast.Call(_WRONG, (), call.span)


def _referred(type: ast.TypeNode | None) -> str | None:
    return type.target if isinstance(type, ast.RefTypeNode) else None


def _local_types(item: ast.Item) -> dict[str, str]:
    """What the locals, parameters and bound names of an item refer to ("" is anything else)."""
    found: dict[str, str] = {}
    for node in below(item):
        if isinstance(node, ast.Parameter):
            found[node.name] = _referred(node.type) or ""
        elif isinstance(node, ast.LocalDecl):
            made = node.value.target if isinstance(node.value, ast.New) else ""
            found[node.name] = made if node.type is None else _referred(node.type) or ""
        elif isinstance(node, ast.PickStmt | ast.For | ast.Quantifier) and isinstance(node.domain, ast.Name):
            found[node.variable] = node.domain.name
    return found
