"""Formulas over a counted system, printed for people in the names of the spec.

``(= count (+ (ite slot 1 0) (+ c3 c7)))`` becomes ``count == [slot] + readers at {chk, use}``:
counters of local states are put together and named by labels (or by the statement where there is
none), codes become values of their types, ``[p]`` is 1 where p holds and 0 elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.shared_text import show_code
from modelcheck.ir.system import Location, ProcessInstance, System, Variable, VariableKind
from modelcheck.ir.terms import BoolSort, Op, Term

#: Precedences: what binds more loosely is put into parentheses.
_IMPLIES, _OR, _AND, _COMPARE, _SUM, _PRODUCT, _ATOM = range(7)
#: Characters of a statement that names a location.
STATEMENT = 24

_INFIX = {
    Op.ADD: ("+", _SUM),
    Op.SUB: ("-", _SUM),
    Op.MUL: ("*", _PRODUCT),
    Op.DIV: ("/", _PRODUCT),
    Op.MOD: ("%", _PRODUCT),
    Op.BVAND: ("&", _PRODUCT),
    Op.BVOR: ("|", _SUM),
    Op.BVXOR: ("^", _SUM),
    Op.SHL: ("<<", _PRODUCT),
    Op.SHR: (">>", _PRODUCT),
}


class Formulas:
    """Prints terms of a counted system.

    ``system``: what it was made of; ``process``: the class that is counted (None: no class is).
    """

    def __init__(self, counted: CounterSystem, system: System, process: str | None) -> None:
        self.variables = {v.id: v for v in counted.variables}
        self.total = counted.total
        self.process = process
        self.states = {id: state.values for id, state in zip(counted.counters, counted.states, strict=True)}
        self.locations: dict[int, Sequence[str]] = {p.location: location_names(p) for p in system.processes}
        self.of_system = {v.id: v for v in system.variables}
        first = next((p for p in system.processes if p.process == process), None)
        self.at = -1 if first is None else first.location
        self.locks = frozenset(v.subject for v in system.variables if v.kind is VariableKind.HELD)
        self.names = {p.index: p.name for p in system.processes}

    def text(self, term: Term) -> str:
        """The formula in one line."""
        return self._print(term)[0]

    def value_text(self, v: Variable, value: bool | int) -> str:
        """A value as a value of the variable's type."""
        return self._value(v, value)

    def fact_text(self, v: Variable, positive: bool) -> str:
        """What it means that a boolean variable is true (false)."""
        return self._fact(v, positive)

    def counter_text(self, counter: int, *, one: bool = False) -> str:
        """The instances of one local state: ``readers at chk``; ``reader at chk`` if there is ``one``."""
        return self._groups([counter], one=one)[0]

    # terms

    def _within(self, term: Term, precedence: int) -> str:
        text, own = self._print(term)
        return text if own >= precedence else f"({text})"

    def _print(self, term: Term) -> tuple[str, int]:
        """The text and how tightly it binds."""
        if isinstance(term.sort, BoolSort):
            return self._condition(term)
        match term.op:
            case Op.CONST:
                return str(int(term.payload or 0)), _ATOM
            case Op.VAR:
                return self._sum([(1, term)])
            case Op.ITE:
                condition, then, otherwise = term.args
                if then.op is otherwise.op is Op.CONST and otherwise.payload == 0:
                    factor = int(then.payload or 0)
                    return _times(factor, f"[{self.text(condition)}]"), _ATOM if factor == 1 else _PRODUCT
                return f"({self.text(condition)} ? {self.text(then)} : {self.text(otherwise)})", _ATOM
            case Op.ADD:
                return self._sum(_addends(term))
            case Op.MUL if term.args[0].op is Op.CONST:
                return self._sum([(int(term.args[0].payload or 0), term.args[1])])
            case Op.BVNOT:
                return f"~{self._within(term.args[0], _ATOM)}", _ATOM
            case Op.INT_TO_BV | Op.BV_TO_INT | Op.RESIZE:
                return self._print(term.args[0])
            case _:
                operator, own = _INFIX[term.op]
                left, right = term.args
                return f"{self._within(left, own)} {operator} {self._within(right, own + 1)}", own

    def _sum(self, addends: Sequence[tuple[int, Term]]) -> tuple[str, int]:
        parts: list[str] = []
        counted: dict[int, list[int]] = {}
        constant = 0
        for factor, part in addends:
            if part.op is Op.VAR and part.payload in self.states:
                counted.setdefault(factor, []).append(int(part.payload))
            elif part.op is Op.CONST:
                constant += factor * int(part.payload or 0)
            elif part.op is Op.VAR:
                parts.append(_times(factor, self._name(self.variables[int(part.payload or 0)])))
            else:
                parts.append(_times(factor, self._within(part, _SUM if factor == 1 else _PRODUCT)))
        for factor, counters in counted.items():
            groups = self._groups(counters)
            parts += [_times(factor, group) for group in groups]
        if constant or not parts:
            parts.append(str(constant))
        return " + ".join(parts), _ATOM if len(parts) == 1 else _SUM

    # conditions

    def _condition(self, term: Term) -> tuple[str, int]:
        match term.op:
            case Op.CONST:
                return ("true" if term.payload else "false"), _ATOM
            case Op.VAR:
                return self._fact(self.variables[int(term.payload or 0)], True), _COMPARE
            case Op.NOT:
                return self._negated(term.args[0])
            case Op.AND:
                return " && ".join(self._within(a, _COMPARE) for a in term.args), _AND
            case Op.OR:
                return self._clause(term.args)
            case Op.EQ:
                return self._equal(term.args[0], term.args[1], True), _COMPARE
            case Op.LT | Op.LE:
                return self._ordered(term), _COMPARE
            case _:
                condition, then, otherwise = term.args
                return f"({self.text(condition)} ? {self.text(then)} : {self.text(otherwise)})", _ATOM

    def _negated(self, term: Term) -> tuple[str, int]:
        match term.op:
            case Op.VAR:
                return self._fact(self.variables[int(term.payload or 0)], False), _COMPARE
            case Op.EQ:
                return self._equal(term.args[0], term.args[1], False), _COMPARE
            case Op.LT | Op.LE:
                counter = self._occupied(term)
                if counter is not None:
                    return f"no {self._one(counter)}", _COMPARE
                left, right = term.args
                operator = ">=" if term.op is Op.LT else ">"
                return f"{self._within(left, _SUM)} {operator} {self._within(right, _SUM)}", _COMPARE
            case Op.OR:
                return f"never ({' || '.join(self._within(a, _AND) for a in term.args)})", _ATOM
            case _:
                return f"!({self.text(term)})", _ATOM

    def _clause(self, parts: Sequence[Term]) -> tuple[str, int]:
        values = _cases(parts)
        if values is not None:
            variable = self.variables[values[0]]
            named = ", ".join(self._value(variable, x) for x in values[1])
            if variable.kind is VariableKind.LOCATION:
                return f"{variable.name} {{{named}}}", _COMPARE
            return f"{self._name(variable)} in {{{named}}}", _COMPARE
        then: list[Term] = []
        given: list[str] = []
        for a in parts:
            excluded = _excluded(a)
            if excluded is not None:
                given.append(self._clause(excluded)[0])
            elif a.op is Op.NOT:
                given.append(self._within(a.args[0], _COMPARE))
            else:
                then.append(a)
        premise = " && ".join(given)
        if not then:
            return f"never ({premise})", _ATOM
        conclusion = " || ".join(self._within(a, _AND) for a in then)
        return (f"{premise} => {conclusion}", _IMPLIES) if given else (conclusion, _OR)

    def _equal(self, a: Term, b: Term, positive: bool) -> str:
        if a.op is Op.CONST:
            a, b = b, a
        sign = "==" if positive else "!="
        if a.op is Op.VAR and b.op is Op.CONST:
            variable = self.variables[int(a.payload or 0)]
            value = self._value(variable, b.payload)
            if variable.kind is VariableKind.LOCATION:
                return f"{variable.name} {value}" if positive else f"{variable.subject} not at {value}"
            return f"{self._sum([(1, a)])[0]} {sign} {value}"
        left, right = self._within(a, _SUM), self._within(b, _SUM)
        if left == right == f"{self.process}s":
            # Their number, and the sum over all local states that are counted.
            return f"{left} {sign} {right} at all places"
        return f"{left} {sign} {right}"

    def _ordered(self, term: Term) -> str:
        counter = self._occupied(term)
        if counter is not None:
            return f"some {self._one(counter)}"
        left, right = term.args
        if left.op is Op.CONST and right.op is not Op.CONST:
            operator = ">" if term.op is Op.LT else ">="
            return f"{self._within(right, _SUM)} {operator} {self._within(left, _SUM)}"
        return f"{self._within(left, _SUM)} {term.op.value} {self._within(right, _SUM)}"

    def _occupied(self, term: Term) -> int | None:
        """The counter that the term says is not 0."""
        left, right = term.args
        if term.op is Op.LE and left.op is Op.CONST and left.payload == 1 and right.op is Op.VAR:
            return int(right.payload or 0) if right.payload in self.states else None
        return None

    # names

    def _name(self, v: Variable) -> str:
        if v.id == self.total:
            return f"{self.process}s"
        return v.name

    def _fact(self, v: Variable, positive: bool) -> str:
        """A boolean variable as something that is said."""
        if v.kind is VariableKind.HELD:
            assert v.owner is not None
            return v.name if positive else f"{self.names[v.owner]} does not hold {v.subject}"
        if v.subject:
            word = "armed" if v.kind is VariableKind.MONITOR else v.kind.value
            return f"{v.subject} is {'' if positive else 'not '}{word}"
        name = f"locked({v.name})" if v.name in self.locks else v.name
        return name if positive else f"!{name}"

    def _value(self, v: Variable, value: bool | int | None) -> str:
        assert value is not None
        if v.kind is VariableKind.LOCATION:
            return self.locations[v.id][int(value)]
        return show_code(value, v.type) or str(value)

    # counters

    def _one(self, counter: int) -> str:
        return self.counter_text(counter, one=True)

    def _groups(self, counters: Sequence[int], *, one: bool = False) -> list[str]:
        """How many instances are in one of these local states, as few sums of numbers with names. ``one``: there is
        one.
        """
        chosen = set(counters)
        who = str(self.process) if one else f"{self.process}s"
        if len(chosen) == len(self.states):
            return [who]
        by_location: dict[int, list[int]] = {}
        for id, values in self.states.items():
            by_location.setdefault(int(values[self.at]), []).append(id)
        named: dict[str, list[str]] = {}
        for location, ids in by_location.items():
            here = [id for id in ids if id in chosen]
            for condition in self._conditions(here, ids) if here else ():
                named.setdefault(condition, []).append(self.locations[self.at][location])
        return [
            f"{who} at {places[0] if len(places) == 1 else '{' + ', '.join(places) + '}'}{condition}"
            for condition, places in named.items()
        ]

    def _conditions(self, here: Sequence[int], all_here: Sequence[int]) -> list[str]:
        """What tells ``here`` from the other local states at a location: nothing, a value, or everything there is."""
        if len(here) == len(all_here):
            return [""]
        varying = [id for id in self.states[here[0]] if len({self.states[s][id] for s in all_here}) > 1]
        for id in varying:
            value = self.states[here[0]][id]
            if {s for s in all_here if self.states[s][id] == value} == set(here):
                return [f" ({self._local(id, value)})"]
        return [" (" + ", ".join(self._local(id, self.states[s][id]) for id in varying) + ")" for s in here]

    def _local(self, id: int, value: bool | int) -> str:
        v = self.of_system[id]
        if v.kind is VariableKind.HELD:
            return f"{v.subject} held" if value else f"{v.subject} not held"
        name = v.within or v.name
        if isinstance(value, bool):
            return name if value else f"!{name}"
        return f"{name} == {show_code(value, v.type) or value}"


def location_names(process: ProcessInstance) -> list[str]:
    """A different name for each location, by number: its label, else the statement; with the number
    where that is not enough.

    Lines are not named: a proof outlives them.
    """
    plain = [_place(x) for x in process.locations]
    count = Counter(plain)
    return [name if count[name] == 1 else f"{name}.{x.id}" for name, x in zip(plain, process.locations, strict=True)]


def _place(location: Location) -> str:
    if location.done:
        return "done"
    if location.labels:
        return location.labels[-1]
    text = " ".join(location.span.text.split())
    return f"`{text if len(text) <= STATEMENT else text[: STATEMENT - 3] + '...'}`"


def _addends(term: Term) -> list[tuple[int, Term]]:
    """The parts of a sum, each with its factor."""
    match term.op:
        case Op.ADD:
            return [part for a in term.args for part in _addends(a)]
        case Op.MUL if term.args[0].op is Op.CONST:
            return [(int(term.args[0].payload or 0), term.args[1])]
        case _:
            return [(1, term)]


def _times(factor: int, text: str) -> str:
    return text if factor == 1 else f"{factor} * {text}"


def _excluded(part: Term) -> tuple[Term, ...] | None:
    """The cases that a conjunction excludes, if it does nothing else: x != 1 && x != 2."""
    if part.op is not Op.AND or any(a.op is not Op.NOT for a in part.args):
        return None
    cases = tuple(a.args[0] for a in part.args)
    return None if _cases(cases) is None else cases


def _cases(parts: Sequence[Term]) -> tuple[int, list[int]] | None:
    """The variable and its values, if the parts say which of several values one variable has."""
    values: list[int] = []
    variables: set[int] = set()
    for part in parts:
        if part.op is not Op.EQ:
            return None
        a, b = part.args if part.args[0].op is Op.VAR else part.args[::-1]
        if a.op is not Op.VAR or b.op is not Op.CONST or isinstance(b.payload, bool):
            return None
        variables.add(int(a.payload or 0))
        values.append(int(b.payload or 0))
    return (variables.pop(), values) if len(variables) == 1 else None


def invariant_text(
    lemmas: Sequence[Term], counted: CounterSystem, system: System, process: str | None
) -> tuple[str, ...]:
    """Each lemma as a formula."""
    formulas = Formulas(counted, system, process)
    return tuple(formulas.text(lemma) for lemma in lemmas)


def is_natural(lemma: Term, counted: CounterSystem) -> bool:
    """Whether a lemma only says that a number of instances, in some of the local states, is not negative."""
    match lemma.op:
        case Op.LE:
            zero, number = lemma.args
        case Op.NOT if lemma.args[0].op is Op.LT:
            number, zero = lemma.args[0].args
        case _:
            return False
    if zero.op is not Op.CONST or zero.payload != 0:
        return False
    addends = _addends(number)
    counters = {part.payload for _, part in addends if part.op is Op.VAR and part.payload in counted.counters}
    whole = len(counters) == len(counted.counters)
    return len(counters) == len(addends) and not whole and all(factor == 1 for factor, _ in addends)
