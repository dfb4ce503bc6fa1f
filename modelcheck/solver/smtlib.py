"""A System as SMT-LIB 2 text with the user's names: for certificates, and for people with a solver of their own.

Integers are mathematical (sort ``Int``); the text means exactly what the terms mean. Terms that
occur more than once are bound by ``let`` (``$1``, ``$2``, ...), so the text is about as large as
the term graph. Operators are those of SMT-LIB 2.7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import assert_never

from modelcheck.ir.system import Step, System
from modelcheck.ir.terms import BoolSort, BvSort, IntSort, Op, Sort, Term, post_order
from modelcheck.result.reasons.lengths import NotEncoded
from modelcheck.solver.domains import Domain, DomainEvaluator, domain_of_sort, interval
from modelcheck.solver.encode import WIDEST, Unencodable, shape_of

_SIMPLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789~!@$%^&*_-+=<>.?/")
#: Words and operators of SMT-LIB and of common solvers. Quoting does not set a name apart from them.
_TAKEN = frozenset(
    """
    _ ! as let exists forall match par lambda true false not and or xor ite distinct implies iff if div mod rem abs min
    max
    divisible to_int to_real is_int select store const concat extract repeat rotate_left rotate_right map union
    intersection member subset complement root sin cos tan pi exp power int bool real string insert head tail nil cons
    seq re str set bag tuple char pow2 iand
    """.split()  # noqa: SIM905
)

#: Operators that are written as they are, for all sorts, for integers, for bit-vectors.
_SAME = {Op.NOT: "not", Op.AND: "and", Op.OR: "or", Op.ITE: "ite", Op.EQ: "="}
_INTEGER = {Op.LT: "<", Op.LE: "<=", Op.ADD: "+", Op.SUB: "-", Op.MUL: "*"}
_BITVECTOR = {
    Op.LT: "bvult",
    Op.LE: "bvule",
    Op.ADD: "bvadd",
    Op.SUB: "bvsub",
    Op.MUL: "bvmul",
    Op.DIV: "bvudiv",
    Op.MOD: "bvurem",
    Op.BVAND: "bvand",
    Op.BVOR: "bvor",
    Op.BVXOR: "bvxor",
    Op.BVNOT: "bvnot",
    Op.SHL: "bvshl",
    Op.SHR: "bvlshr",
}


def symbol(name: str) -> str:
    """The name as an SMT-LIB symbol: quoted if need be, with a ``~`` if SMT-LIB has the word for something else."""
    if name in _TAKEN or name.startswith(("bv", "fp", "re.", "str.", "seq.", "set.", "bag.", "int_", "ubv_", "sbv_")):
        name += "~"
    simple = name and set(name) <= _SIMPLE and not name[0].isdigit() and name[0] not in ".@"
    return name if simple else "|" + name.replace("|", "!").replace("\\", "!") + "|"


def sort_text(sort: Sort) -> str:
    """The sort in SMT-LIB 2."""
    match sort:
        case BoolSort():
            return "Bool"
        case IntSort():
            return "Int"
        case BvSort(width):
            return f"(_ BitVec {width})"
        case _:
            assert_never(sort)


def constant_text(value: bool | int, sort: Sort) -> str:
    """The constant in SMT-LIB 2, which has no negative numerals."""
    match sort:
        case BoolSort():
            return "true" if value else "false"
        case IntSort():
            return str(int(value)) if value >= 0 else f"(- {-int(value)})"
        case BvSort(width):
            return f"(_ bv{int(value)} {width})"
        case _:
            assert_never(sort)


def term_text(term: Term, names: Mapping[int, str], domains: Mapping[int, Domain] | None = None) -> str:
    """The term as one s-expression. ``names``: the symbols of the variables, as they shall stand in the text.

    ``domains``: bounds of variables, needed only for bit operations on integers. Raises ``Unencodable`` where such an
    operation has no bound.
    """
    evaluator = DomainEvaluator(domains or {})
    order = list(post_order((term,)))
    uses = Counter(a.id for node in order for a in node.args)
    texts: dict[int, str] = {}
    bound: list[tuple[str, str]] = []
    for node in order:
        text = _node(node, texts, names, evaluator)
        if uses[node.id] > 1 and node.args:
            bound.append((f"${len(bound) + 1}", text))
            text = bound[-1][0]
        texts[node.id] = text
    opening = "".join(f"(let (({name} {text}))\n  " for name, text in bound)
    return opening + texts[term.id] + ")" * len(bound)


def _node(node: Term, texts: dict[int, str], names: Mapping[int, str], domains: DomainEvaluator) -> str:
    args = [texts[a.id] for a in node.args]
    match node.op:
        case Op.CONST:
            assert node.payload is not None
            return constant_text(node.payload, node.sort)
        case Op.VAR:
            assert node.payload is not None
            return names[int(node.payload)]
        case Op.NOT | Op.AND | Op.OR | Op.ITE | Op.EQ:
            return _apply(_SAME[node.op], args)
        case Op.INT_TO_BV:
            return f"((_ int_to_bv {node.payload}) {args[0]})"
        case Op.BV_TO_INT:
            return _apply("ubv_to_int", args)
        case Op.RESIZE:
            source, target = node.args[0].sort, node.sort
            assert isinstance(source, BvSort)
            assert isinstance(target, BvSort)
            if target.width < source.width:
                return f"((_ extract {target.width - 1} 0) {args[0]})"
            return f"((_ zero_extend {target.width - source.width}) {args[0]})"
        case _:
            if not isinstance(node.args[0].sort, BvSort):
                return _integer(node, args, domains)
            text = _apply(_BITVECTOR[node.op], args)
            if node.op in (Op.DIV, Op.MOD):
                zero = constant_text(0, node.sort)
                return f"(ite (= {args[1]} {zero}) {zero} {text})"
            return text


def _apply(operator: str, args: list[str]) -> str:
    return f"({operator} {' '.join(args)})"


def _integer(node: Term, args: list[str], domains: DomainEvaluator) -> str:
    if node.op in _INTEGER:
        return _apply(_INTEGER[node.op], args)
    left, right = args
    match node.op:
        case Op.DIV | Op.MOD:
            # C truncates; SMT-LIB's operators agree where the dividend is not negative
            op = "div" if node.op is Op.DIV else "mod"
            signed = f"(ite (<= 0 {left}) ({op} {left} {right}) (- ({op} (- {left}) {right})))"
            # read back by ``solver.certificates.reading``
            divisor = node.args[1]
            return signed if divisor.op is Op.CONST and divisor.payload else f"(ite (= {right} 0) 0 {signed})"
        case Op.BVAND | Op.BVOR | Op.BVXOR:
            shape = shape_of(domains(node.args[0])).common(shape_of(domains(node.args[1])))
            bits = [f"((_ int_to_bv {shape.width}) {a})" for a in args]
            return _apply("sbv_to_int" if shape.signed else "ubv_to_int", [_apply(_BITVECTOR[node.op], bits)])
        case Op.SHL | Op.SHR:
            amount = domains(node.args[1])
            if amount.low is None or amount.low < 0 or amount.high is None or amount.high > WIDEST:
                raise Unencodable(NotEncoded.UNBOUNDED_SHIFT)
            operator = "*" if node.op is Op.SHL else "div"
            result = ""
            for i in range(amount.low, amount.high + 1):
                case = f"({operator} {left} {1 << i})"
                result = case if not result else f"(ite (= {right} {i}) {case} {result})"
            return result
        case _:
            raise AssertionError(node.op)


def system_text(system: System) -> str:
    """Declarations of the state and the next state, and definitions: ``initial state``, ``step k``,
    ``some step``, and two for each property.

    ``x'`` is x after the step. Faulting steps have no successor: they are defined by their guards,
    as ``fault k``, and are no part of ``some step``. A universal property is defined by its
    *violation*: ``violated p`` (of the state) and ``raised p`` (of a step from the state). Raises
    ``Unencodable`` where a bit operation on an integer has no bound.
    """
    domains = {
        v.id: interval(v.low, v.high) if isinstance(v.sort, IntSort) else domain_of_sort(v.sort)
        for v in system.variables
    }
    named = dict(zip((v.id for v in system.variables), _distinct([v.name for v in system.variables]), strict=True))
    now = {id: symbol(name) for id, name in named.items()}
    after = {id: symbol(name + "'") for id, name in named.items()}
    lines = [f"; {system.name}: variant {system.variant}, scenario {system.scenario}", "(set-logic ALL)"]
    for v in system.variables:
        lines.append(f"(declare-fun {now[v.id]} () {sort_text(v.sort)})")
        lines.append(f"(declare-fun {after[v.id]} () {sort_text(v.sort)})")
    initially = [f"(= {now[v.id]} {constant_text(v.initial, v.sort)})" for v in system.variables]
    lines.append(_define(symbol("initial state"), _conjunction(initially)))
    successors = []
    for step in system.steps:
        guard = term_text(_guard(system, step), now, domains)
        process = system.processes[step.process].name
        lines.append(f"; {process}: {step.operation}")
        if step.fault:
            lines.append(_define(symbol(f"fault {step.id}"), guard))
            continue
        changes = dict(step.updates)
        parts = [guard]
        for v in system.variables:
            update = changes.get(v.id)
            value = now[v.id] if update is None else term_text(update, now, domains)
            parts.append(f"(= {after[v.id]} {value})")
        name = symbol(f"step {step.id}")
        successors.append(name)
        lines.append(_define(name, _conjunction(parts)))
    lines.append(_define(symbol("some step"), _junction("or", successors, "false")))
    terms = system.terms
    for p, property_name in zip(system.asked, _distinct([p.name for p in system.asked]), strict=True):
        bad = terms.or_(*(s.condition for s in p.states))
        lines.append(_define(symbol(f"violated {property_name}"), term_text(bad, now, domains)))
        raising = terms.or_(
            *(
                terms.and_(_guard(system, step), raised.condition)
                for step in system.steps
                for raised in step.raises
                if raised.property == p.id
            )
        )
        lines.append(_define(symbol(f"raised {property_name}"), term_text(raising, now, domains)))
    return "\n".join(lines) + "\n"


def _distinct(names: list[str]) -> list[str]:
    """The names, each that is not the first of its kind with its position (locals of two calls may have one name)."""
    seen: set[str] = set()
    result = []
    for position, name in enumerate(names):
        result.append(f"{name} {position}" if name in seen else name)
        seen.add(name)
    return result


def _guard(system: System, step: Step) -> Term:
    """The guard together with the location."""
    terms = system.terms
    id = system.processes[step.process].location
    sort = system.variables[id].sort
    return terms.and_(terms.eq(terms.variable(id, sort), terms.constant(step.source, sort)), step.guard)


def _define(name: str, body: str) -> str:
    return f"(define-fun {name} () Bool\n  {body})"


def _conjunction(parts: list[str]) -> str:
    return _junction("and", parts, "true")


def _junction(operator: str, parts: list[str], empty: str) -> str:
    if len(parts) < 2:
        return parts[0] if parts else empty
    return f"({operator}\n    " + "\n    ".join(parts) + ")"
