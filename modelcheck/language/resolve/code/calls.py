"""Calls: inlines and callbacks of the spec, and the built-in operations under the kernel's names.

Some built-in operations are statements (``free``, ``WRITE_ONCE``, ``smp_mb``): ``statement_call`` makes those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, assert_never

from modelcheck.ground.diagnostics import Fix, Note
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import did_you_mean, existing, name_in, rename
from modelcheck.language.resolve.code import bits, domains, expressions, fold, places
from modelcheck.language.resolve.names.scope import Context, Site, plural
from modelcheck.language.resolve.types.compatibility import (
    BOOL,
    INT,
    VOID,
    describe,
    is_number,
    is_scalar,
    one_number_meant,
    value_type,
)
from modelcheck.language.resolve.types.conversion import article, coerce, static_range
from modelcheck.language.syntax import ast
from modelcheck.model import kernel, typed
from modelcheck.model.atomics import ATOMICS, BITWISE, Yields


def call(context: Context, node: ast.Call, expected: typed.Type | None) -> typed.Expr:
    """Return the typed form of ``f(…)`` as an expression."""
    header = context.table.header(node.name, context, node.span)
    if header is not None:
        if context.table.uses is not None:
            context.table.uses.use_function(node.name, node.span)
        return _inline_call(context, node, header.parameters, header.result)
    primitive = kernel.PRIMITIVES.get(node.name)
    if primitive is not None:
        _note_promise(context, node)
        return _primitive(context, node, primitive, expected)
    if node.name == "int":
        return expressions.cast(context, INT, _only(context, node), node.span)
    # An event may have that name, too; an inline or callback is found before.
    if node.name == "done" and context.table.event("done") is None:
        return domains.done(context, node)
    if node.name in ("running", "raised") and context.table.event(node.name) is None:
        return domains.of_handler(context, node)
    _unknown_function(context, node)


def _note_promise(context: Context, node: ast.Call) -> None:
    promised = kernel.UNMODELLED.get(node.name)
    if promised is not None:
        context.table.note_unmodelled(promised, node.name, node.span)


def statement_call(context: Context, node: ast.Expr) -> typed.Stmt | None:
    """Return the statement that a call stands for, or None if it is an ordinary expression."""
    if isinstance(node, ast.MethodCall):
        return _set_method(context, node)
    if not isinstance(node, ast.Call) or context.table.header(node.name, context, node.span) is not None:
        return None
    primitive = kernel.PRIMITIVES.get(node.name)
    match primitive:
        case kernel.FreeCall(null_ok):
            reference, type = _reference(context, _only(context, node), node.name)
            return typed.Free(reference, type.target, null_ok, node.span)
        case kernel.TouchCall():
            reference, type = _reference(context, _only(context, node), node.name)
            return typed.Touch(reference, type.target, node.span)
        case kernel.StoreCall(tag):
            _note_promise(context, node)
            _arity(context, node, node.arguments, 2)
            target = places.place(context, node.arguments[0], f"`{node.name}`")
            return store(context, target, node.arguments[1], node.span, tag)
        case kernel.BarrierCall():
            _arity(context, node, node.arguments, 0)
            return typed.Empty(node.span)
        case kernel.BitCall(_, tests) if not tests:
            return typed.Evaluate(bits.operation(context, node, primitive), node.span)
        case kernel.PlainBitCall():
            return bits.plain_operation(context, node, primitive)
        case _:
            return None


def store(
    context: Context, target: typed.Place, value: ast.Expr, span: Span, tag: typed.AccessTag = typed.AccessTag.PLAIN
) -> typed.Assign:
    """Return the assignment of ``value`` to ``target``."""
    check_assignable(context, target)
    return typed.Assign(target, expressions.value(context, value, target.type, "the target"), span, tag)


def check_assignable(context: Context, target: typed.Place) -> None:
    """Report a place that no assignment may change."""
    if isinstance(target.root, typed.LocalRoot) and target.root.local in context.fixed:
        context.fail("MC206", f"`{target.span.text}` runs over a domain; it cannot be assigned", target.span)
    if is_scalar(target.type) or isinstance(target.type, typed.AtomicType):
        return
    if isinstance(target.type, typed.LockType):
        context.fail("MC209", f"{article(target.type)} cannot be assigned; use its operations", target.span)
    part = "elements" if isinstance(target.type, typed.ArrayType) else "fields"
    message = f"{describe(target.type)} cannot be assigned as a whole; assign its {part}"
    context.fail("MC209", message, target.span, one_number_meant(target.type))


# ------------------------------------------------------------------------------- inlines, callbacks


def _inline_call(
    context: Context, node: ast.Call, parameters: Sequence[typed.Local | typed.RefParam], result: typed.Type
) -> typed.Expr:
    if context.site is Site.CONSTANT:
        context.fail("MC205", "a call is not a constant", node.span)
    given = len(node.arguments)
    if given != len(parameters):
        wanted = plural(len(parameters), "argument")
        context.fail("MC207", f"`{node.name}` takes {wanted}, not {given}", node.span)
    arguments = tuple(
        _argument(context, parameter, argument) for parameter, argument in zip(parameters, node.arguments, strict=True)
    )
    return typed.CallExpr(node.name, arguments, result, node.span)


def _argument(context: Context, parameter: typed.Local | typed.RefParam, node: ast.Expr) -> typed.Expr | typed.Place:
    purpose = f"the parameter `{parameter.name}`"
    if isinstance(parameter, typed.Local):
        if isinstance(node, ast.AddressOf):
            fix = Fix("pass the value", node.span, node.operand.span.text)
            context.fail("MC222", f"{purpose} takes a value, not a reference to a variable", node.span, (), (fix,))
        return expressions.value(context, node, parameter.type, purpose)
    target = places.place(context, node, purpose)
    if target.type != parameter.type:
        message = f"{purpose} is a reference to {article(parameter.type)}, but this is {article(target.type)}"
        context.fail("MC222", message, node.span, [Note("a `&` parameter takes exactly its own type", parameter.span)])
    if isinstance(target.root, typed.LocalRoot) and target.root.local in context.fixed:
        context.fail("MC206", f"`{node.span.text}` runs over a domain; it cannot be passed by reference", node.span)
    return target


#: Statements that read as calls.
_STATEMENTS = ("BUG_ON", "WARN_ON", "assert")


def _unknown_function(context: Context, node: ast.Call) -> NoReturn:
    name = node.name
    if name in kernel.UNSUPPORTED:
        context.fail("MC120", f"`{name}` is not supported: {kernel.UNSUPPORTED[name]}", node.span)
    span = name_in(node.span, name)
    if context.table.event(name) is not None:
        if context.site is Site.PROPERTY:
            note = Note("`count`, `order`, `only_if` and `may` speak of events; a `shared` variable remembers one")
            context.fail("MC106", f"`{name}` is an event: it occurs in a step and is true in no state", span, [note])
        fix = () if context.site is not Site.CODE else (Fix("emit it", span, f"emit {name}"),)
        context.fail("MC106", f"`{name}` is an event; it is not called but emitted", span, (), fix)
    known = [*context.table.function_names(), *kernel.PRIMITIVES, *_STATEMENTS]
    candidates = [word for word in known if "." not in word]
    context.fail(
        "MC106", f"unknown function `{name}`{did_you_mean(name, candidates)}", span, (), rename(name, candidates, span)
    )


# --------------------------------------------------------------------------------------- built-ins


def _arity(context: Context, node: ast.Call | ast.MethodCall, arguments: Sequence[ast.Expr], wanted: int) -> None:
    if len(arguments) != wanted:
        name = node.name if isinstance(node, ast.Call) else node.method
        context.fail("MC207", f"`{name}` takes {plural(wanted, 'argument')}, not {len(arguments)}", node.span)


def _only(context: Context, node: ast.Call) -> ast.Expr:
    _arity(context, node, node.arguments, 1)
    return node.arguments[0]


def _reference(context: Context, node: ast.Expr, purpose: str) -> tuple[typed.Expr, typed.RefType]:
    operand = node.operand if isinstance(node, ast.AddressOf) else node
    found = expressions.scalar(context, operand)
    if not isinstance(found.type, typed.RefType):
        context.fail("MC201", f"`{purpose}` needs a reference to an object; this is {article(found.type)}", node.span)
    return found, found.type


def _primitive(
    context: Context, node: ast.Call, primitive: kernel.Primitive, expected: typed.Type | None
) -> typed.Expr:
    if context.site is Site.CONSTANT and not isinstance(
        primitive, kernel.CountCall | kernel.InstancesCall | kernel.SomeCall | kernel.MaskCall
    ):
        context.fail("MC205", f"`{node.name}` is not a constant", node.span)
    match primitive:
        case kernel.LockCall():
            wanted = 1 + primitive.dropped
            if len(node.arguments) != 1:
                _arity(context, node, node.arguments, wanted)
            return _lock(context, node.arguments[0], primitive, node.name, node.span)
        case kernel.AtomicCall(operator, shape):
            return _functional_atomic(context, node, operator, shape)
        case kernel.ExchangeCall(operator, count):
            _arity(context, node, node.arguments, 1 + count)
            target = places.place(context, node.arguments[0], f"`{node.name}`")
            return atomic_operation(context, operator, target, node.arguments[1:], node.span)
        case kernel.LoadCall(tag):
            return _tagged_load(context, node, tag)
        case kernel.CondLoadCall():
            _arity(context, node, node.arguments, 2)
            return cond_load(context, node.arguments[0], node.arguments[1], node.span)
        case kernel.AskCall(question):
            return _ask(context, question, _only(context, node), node)
        case kernel.BitCall(_, tests) if tests:
            return bits.operation(context, node, primitive)
        case kernel.BitTestCall():
            return bits.test(context, node)
        case (
            kernel.StoreCall()
            | kernel.BarrierCall()
            | kernel.FreeCall()
            | kernel.TouchCall()
            | kernel.BitCall()
            | kernel.PlainBitCall()
        ):
            context.fail("MC223", f"`{node.name}` is a statement; it yields no value", node.span)
        case kernel.MaskCall():
            return bits.mask_of(context, node)
        case kernel.SomeCall():
            return _some(context, node, expected)
        case kernel.TheCall():
            operand = expressions.scalar(context, _only(context, node))
            if not isinstance(operand.type, typed.OptType):
                message = f"`the` needs an `opt` value; this is {article(operand.type)}"
                context.fail("MC201", message, node.span)
            return typed.OptGet(operand, operand.type.element, node.span)
        case kernel.SizeCall(empty):
            return _size(context, _only(context, node), empty, node.span)
        case kernel.CountCall(allocated):
            return _count(context, node, allocated)
        case kernel.InstancesCall():
            (process,) = node.arguments
            assert isinstance(process, ast.Name)
            number = context.table.process_count(process.name)
            return typed.Constant(1 if number is None else number, INT, node.span)
        case _:
            assert_never(primitive)


def _tagged_load(context: Context, node: ast.Call, tag: typed.AccessTag) -> typed.Expr:
    if not node.arguments:
        _arity(context, node, node.arguments, 1)
    source = places.place(context, node.arguments[0], f"`{node.name}`")
    found = places.load(context, source, node.span)
    return typed.Load(found.place, found.type, found.span, tag) if isinstance(found, typed.Load) else found


def _lock(context: Context, node: ast.Expr, primitive: kernel.LockCall, name: str, span: Span) -> typed.Expr:
    target = places.place(context, node, f"`{name}`")
    type = target.type
    if not isinstance(type, typed.LockType):
        context.fail("MC214", f"`{name}` needs a lock; this is {article(type)}", node.span)
    if type.kind not in primitive.kinds:
        kinds = " or ".join(dict.fromkeys(kind.value for kind in primitive.kinds))
        context.fail("MC214", f"`{name}` is for a {kinds}; this is {article(type)}", node.span)
    return typed.LockOp(primitive.operator, target, type.kind, BOOL if primitive.operator.tries else VOID, span)


def _functional_atomic(context: Context, node: ast.Call, operator: str, shape: str) -> typed.Expr:
    if node.name == "kref_put" and len(node.arguments) == 2:
        release = node.arguments[1].span.text
        place = node.arguments[0].span.text
        note = Note(f"write `if (kref_put({place})) {{ {release}(…); }}`")
        context.fail("MC207", "`kref_put` takes one argument here and says whether it was the last", node.span, [note])
    _arity(context, node, node.arguments, len(shape))
    position = shape.index("a")
    target = places.place(context, node.arguments[position], f"`{node.name}`")
    rest = node.arguments[:position] + node.arguments[position + 1 :]
    if not isinstance(target.type, typed.AtomicType):
        context.fail(
            "MC215", f"`{node.name}` needs an atomic; this is {article(target.type)}", node.arguments[position].span
        )
    return atomic_operation(context, operator, target, rest, node.span)


def atomic_operation(
    context: Context, operator: str, target: typed.Place, arguments: Sequence[ast.Expr], span: Span
) -> typed.Expr:
    """Return one atomic operation on ``target`` (``xchg`` and its kin also on a plain scalar)."""
    type = target.type
    facts = ATOMICS[operator]
    if len(arguments) != facts.arguments:
        context.fail("MC207", f"`{operator}` takes {plural(facts.arguments, 'argument')}, not {len(arguments)}", span)
    if not isinstance(type, typed.AtomicType):
        check_assignable(context, target)
        found = tuple(expressions.value(context, a, type, f"an argument of `{operator}`") for a in arguments)
        return typed.AtomicOp(operator, target, found, BOOL if operator == "try_cmpxchg" else type, span)
    wanted = INT if type.word is None else type.word
    found = tuple(expressions.value(context, a, wanted, f"an argument of `{operator}`") for a in arguments)
    content = value_type(type)
    if operator == "read":
        return typed.Load(target, content, span)
    if operator in BITWISE and (type.high is None or type.low != 0):
        message = f"`{operator}` needs an atomic with a range from 0 (`atomic 0..7`); this is {article(type)}"
        context.fail("MC215", message, target.span)
    result: typed.Type
    match facts.yields:
        case Yields.NOTHING:
            result = VOID
        case Yields.TRUTH:
            result = BOOL
        case Yields.CONTENT:
            result = content
        case Yields.NUMBER:
            result = INT
        case _:
            assert_never(facts.yields)
    return typed.AtomicOp(operator, target, found, result, span)


def _ask(context: Context, question: typed.LockQuestion, node: ast.Expr, call: ast.Call) -> typed.Expr:
    target = places.place(context, node, f"`{call.name}`")
    type = target.type
    if question is typed.LockQuestion.FROZEN:
        if not isinstance(type, typed.AtomicType):
            context.fail("MC215", f"`{call.name}` needs an atomic; this is {article(type)}", node.span)
    elif not isinstance(type, typed.LockType):
        context.fail("MC214", f"`{call.name}` needs a lock; this is {article(type)}", node.span)
    elif (type.kind.facts.state is typed.LockState.DONE) != (question is typed.LockQuestion.COMPLETED):
        context.fail("MC214", f"`{call.name}` does not apply to {article(type)}", node.span)
    return typed.Ask(question, target, BOOL, call.span)


def _some(context: Context, node: ast.Call, expected: typed.Type | None) -> typed.Expr:
    argument = _only(context, node)
    element = expected.element if isinstance(expected, typed.OptType) else None
    found = expressions.scalar(context, argument, element)
    if element is not None:
        found = coerce(context, found, element, argument, "the value inside")
        static_range(context, found, element, argument, "the value inside")
    else:
        element = found.type
    if isinstance(element, typed.RefType | typed.NullType | typed.OptType | typed.SetType):
        context.fail("MC210", f"there is no `opt` of {describe(element)}", node.span)
    if isinstance(found, typed.Constant):
        return typed.Constant(found.value, typed.OptType(element), node.span)
    return typed.OptSome(found, typed.OptType(element), node.span)


def _size(context: Context, node: ast.Expr, empty: bool, span: Span) -> typed.Expr:
    found = expressions.scalar(context, node)
    if not isinstance(found.type, typed.SetType):
        context.fail("MC201", f"`{'empty' if empty else 'size'}` needs a set; this is {article(found.type)}", node.span)
    size: typed.Expr = typed.SetSize(found, INT, span)
    if isinstance(found, typed.Constant) and isinstance(found.value, frozenset):
        size = typed.Constant(len(found.value), INT, span)
    return fold.binary("==", size, typed.Constant(0, INT, span), BOOL, span) if empty else size


def _count(context: Context, node: ast.Call, allocated: bool) -> typed.Expr:
    argument = _only(context, node)
    name = argument.name if isinstance(argument, ast.Name) else ""
    declared = context.table.type_name(name)
    if declared is not None and context.table.uses is not None:
        context.table.uses.use_type(name, argument.span)
    if allocated:
        if not isinstance(declared, ast.ObjectDecl):
            context.fail("MC104", "`nr_alloc` needs the name of an object", argument.span)
        if context.site is not Site.PROPERTY:
            context.fail("MC130", "`nr_alloc` can only stand in a property", node.span)
        return typed.CountAllocated(name, INT, node.span)
    if not isinstance(declared, ast.ProcessDecl):
        candidates = [n for n in context.table.type_names() if _is_process(context, n)]
        message = f"`nr` needs the name of a process{did_you_mean(name, candidates)}"
        context.fail("MC112", message, argument.span, (), rename(name, candidates, argument.span))
    count = context.table.process_count(name)
    if count is not None:
        return typed.Constant(count, INT, node.span)
    if context.site is Site.CONSTANT:
        message = f"this scenario runs any number of `{name}`: `nr({name})` is no constant here"
        context.fail("MC205", message, node.span)
    return typed.CountProcesses(name, INT, node.span)


def cond_load(context: Context, place: ast.Expr, test: ast.Expr, span: Span) -> typed.Expr:
    """Return ``cond_load(place, condition)``; the condition sees the value as ``VAL``."""
    if context.site is not Site.CODE:
        context.fail("MC411", f"`cond_load` waits; it cannot stand in {context.site.value}", span)
    source = places.place(context, place, "`cond_load`")
    seen = places.load(context, source, place.span).type
    variable = context.table.new_local("VAL", seen, context.owner, place.span)
    context.fixed.add(variable.id)
    with context.scope() as scope, context.purely():
        scope["VAL"] = variable
        found = expressions.condition(context, test)
    return typed.CondLoad(source, variable.id, found, seen, span)


# ----------------------------------------------------------------------------------------- methods


def method(context: Context, node: ast.MethodCall) -> typed.Expr:
    """Return the typed form of ``place.operation(…)``."""
    base = places.designator(context, node.base)
    type = base.type
    if isinstance(type, typed.SetType):
        found = places.load(context, base, node.base.span) if isinstance(base, typed.Place) else base
        return _set_question(context, node, found, type)
    if not isinstance(base, typed.Place):
        context.fail("MC206", f"`{node.method}` needs a variable, field or element", node.base.span)
    if isinstance(type, typed.LockType):
        name = kernel.LOCK_METHODS.get(node.method)
        if name is None:
            _unknown_method(context, node, describe(type), list(kernel.LOCK_METHODS))
        _arity(context, node, node.arguments, 0)
        primitive = kernel.PRIMITIVES[name]
        assert isinstance(primitive, kernel.LockCall)
        return _lock(context, node.base, primitive, node.method, node.span)
    if isinstance(type, typed.AtomicType):
        if node.method not in ATOMICS:
            _unknown_method(context, node, "an atomic", list(ATOMICS))
        return atomic_operation(context, node.method, base, node.arguments, node.span)
    if is_scalar(type) and node.method in ("xchg", "cmpxchg", "try_cmpxchg"):
        return atomic_operation(context, node.method, base, node.arguments, node.span)
    if node.method in ATOMICS:
        message = f"`{node.method}` needs an atomic; this is {article(type)}"
        context.fail("MC215", message, node.base.span, [Note("declare it `atomic` (or `refcount`)")])
    where = name_in(node.span, node.method, behind=node.base.span)
    context.fail("MC125", f"{article(type)} has no operation `{node.method}`", where)


def _unknown_method(context: Context, node: ast.MethodCall, owner: str, names: list[str]) -> NoReturn:
    where = name_in(node.span, node.method, behind=node.base.span)
    hint = did_you_mean(node.method, names) or existing(names)
    message = f"{owner} has no operation `{node.method}`{hint}"
    context.fail("MC125", message, where, (), rename(node.method, names, where))


def _set_question(context: Context, node: ast.MethodCall, found: typed.Expr, type: typed.SetType) -> typed.Expr:
    if node.method in ("has", "contains"):
        _arity(context, node, node.arguments, 1)
        element = expressions.scalar(context, node.arguments[0], type.element)
        if not (is_number(element.type) and is_number(type.element)):
            element = coerce(context, element, type.element, node.arguments[0], "an element of the set")
        return fold.binary("in", element, found, BOOL, node.span)
    if node.method in ("size", "empty"):
        _arity(context, node, node.arguments, 0)
        size = typed.SetSize(found, INT, node.span)
        zero = typed.Constant(0, INT, node.span)
        return typed.Binary("==", size, zero, BOOL, node.span) if node.method == "empty" else size
    if node.method in ("add", "remove"):
        context.fail("MC223", f"`{node.method}` is a statement; it yields no value", node.span)
    _unknown_method(context, node, "a set", ["add", "remove", "has", "size", "empty"])


def _set_method(context: Context, node: ast.MethodCall) -> typed.Stmt | None:
    """``s.add(x);`` is ``s |= {x};``, ``s.remove(x);`` is ``s -= {x};``"""
    if node.method not in ("add", "remove"):
        return None
    base = places.designator(context, node.base)
    if not isinstance(base, typed.Place) or not isinstance(base.type, typed.SetType):
        return None
    _arity(context, node, node.arguments, 1)
    type = base.type
    element = expressions.value(context, node.arguments[0], type.element, "an element of the set")
    static_range(context, element, type.element, node.arguments[0], "an element of the set")
    single: typed.Expr = typed.SetLiteral((element,), type, node.span)
    if isinstance(element, typed.Constant) and isinstance(element.value, int):
        single = typed.Constant(frozenset({element.value}), type, node.span)
    operator = "|" if node.method == "add" else "-"
    return typed.CompoundAssign(base, operator, single, type, node.span)


def _is_process(context: Context, name: str) -> bool:
    return isinstance(context.table.type_name(name), ast.ProcessDecl)
