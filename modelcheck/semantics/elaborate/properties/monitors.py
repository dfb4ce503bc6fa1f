"""Count, order and ``only_if`` properties as monitor variables and raises (docs/semantics.md, section 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import Occurrence, Raise, VariableKind
from modelcheck.ir.terms import INT, Term, TermFactory
from modelcheck.model import typed
from modelcheck.model.typed import Quantity
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.execution.values import Scalar, SymbolicValue, code_name, element_codes
from modelcheck.semantics.elaborate.variables.layout import Layout

#: More monitor cells than this in one property are refused.
MAX_CELLS = 4096

#: Which value of each key a cell is for; references by slot.
Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CountCell:
    """``armed`` None: armed from the start. ``number`` None: the property never counts (``never``)."""

    key: Key
    armed: int | None
    number: int | None


@dataclass(frozen=True, slots=True)
class CountMonitor:
    property: typed.Property
    count: typed.Count
    cells: tuple[CountCell, ...]

    def limit(self) -> int:
        """The number up to which events are counted."""
        return self.count.limit if self.count.quantity is Quantity.AT_MOST else 1

    def wants_one(self) -> bool:
        """Whether a window without an event is a violation."""
        return self.count.quantity in (Quantity.EXACTLY_ONCE, Quantity.AT_LEAST_ONCE)


@dataclass(frozen=True, slots=True)
class OrderMonitor:
    property: typed.Property
    order: typed.Order
    cells: tuple[tuple[Key, int], ...]


@dataclass(frozen=True, slots=True)
class OnlyIfMonitor:
    """``holds``: the condition at that moment, given the values of the pattern's variables by local id.

    ``said``: notes where it says something.
    """

    property: typed.Property
    only_if: typed.OnlyIf
    holds: Callable[[Execution, Path, dict[int, SymbolicValue]], Term]
    said: Callable[[Execution, Path, dict[int, SymbolicValue], Term], None]


@dataclass(frozen=True, slots=True)
class MayMonitor:
    """``bits``: for each value of the key (the empty key without one) the variable.

    ``event``: what witnesses it, if that is an event.
    """

    property: typed.Property
    may: typed.May
    bits: tuple[tuple[Key, int], ...]
    event: typed.EventPattern | None


class Monitors:
    """All monitors of a model; ``occur`` and ``reallocated`` are what an execution calls.

    ``absent``: the events that are said not to occur; if one does, that violates what is said to be impossible.
    """

    def __init__(self, terms: TermFactory, layout: Layout) -> None:
        self.terms = terms
        self.layout = layout
        self.events = {e.id: e for e in layout.model.events}
        self.counts: list[CountMonitor] = []
        self.orders: list[OrderMonitor] = []
        self.only_ifs: list[OnlyIfMonitor] = []
        self.mays: list[MayMonitor] = []
        self.absent = frozenset(p.absent for p in layout.model.properties if isinstance(p.absent, int))

    # making

    def add_count(self, property: typed.Property, count: typed.Count) -> None:
        """Make the variables of a ``count`` property, for each combination of its keys."""
        cells: list[CountCell] = []
        for key, name in self._keys(property, count.keys):
            armed = number = None
            if count.per is not None:
                armed = self.layout.add_bool(
                    f"{property.name}{name} armed", VariableKind.MONITOR, subject=f"{property.name}{name}"
                )
            if count.quantity is not Quantity.NEVER:
                high = count.limit if count.quantity is Quantity.AT_MOST else 1
                scalar = Scalar(INT, 0, high, 0, "{}")
                number = self.layout.add(
                    f"{property.name}{name} counted", scalar, VariableKind.MONITOR, typed.RangeType(0, high)
                )
            cells.append(CountCell(key, armed, number))
        self.counts.append(CountMonitor(property, count, tuple(cells)))

    def add_order(self, property: typed.Property, order: typed.Order) -> None:
        """Make the variables of an ``order`` property, for each combination of its keys."""
        cells = tuple(
            (key, self.layout.add_bool(f"{property.name}{name} seen", VariableKind.MONITOR))
            for key, name in self._keys(property, order.keys)
        )
        self.orders.append(OrderMonitor(property, order, cells))

    def add_may(self, property: typed.Property, may: typed.May, keys: list[tuple[Key, str]]) -> None:
        """Make the variables of a ``may`` property, for each of ``keys`` (with its name)."""
        bits = tuple(
            (key, self.layout.add_bool(f"{property.name}{name} possible", VariableKind.MONITOR)) for key, name in keys
        )
        event = may.then if isinstance(may.then, typed.EventPattern) else None
        self.mays.append(MayMonitor(property, may, bits, event))

    def _keys(self, property: typed.Property, keys: tuple[typed.Local, ...]) -> Iterator[tuple[Key, str]]:
        choices: list[list[tuple[int, str]]] = []
        total = 1
        for local in keys:
            try:
                values = key_codes(local.type)
            except ValueError:
                raise _error(
                    f"{local.name} is a key of {property.name} but has no finite type", property.span
                ) from None
            total *= max(1, len(values))
            choices.append(values)
        if total > MAX_CELLS:
            raise _error(f"{property.name} needs {total} monitor cells (at most {MAX_CELLS})", property.span)
        for combination in product(*choices):
            name = "".join(f"[{text}]" for _, text in combination)
            yield tuple(code for code, _ in combination), name

    # running

    def occur(
        self,
        ex: Execution,
        path: Path,
        event: int,
        arguments: tuple[SymbolicValue, ...],
        condition: Term,
        span: Span,
    ) -> None:
        """An event occurs where the condition holds: record it and move the monitors."""
        if ex.initial:
            return
        condition = ex.simplify(path, condition)
        if condition.is_false:
            return
        flat = tuple(leaf for a in arguments for leaf in ((a,) if isinstance(a, Term) else _leaves(a)))
        path.occurrences.append(Occurrence(event, condition, flat, span))
        if event in self.absent:
            ex.add_raise(path, Raise(self.layout.model.impossible, condition, None, span))
        for count in self.counts:
            self._count(ex, path, count, event, arguments, condition, span)
        for order in self.orders:
            self._order(ex, path, order, event, arguments, condition, span)
        for only_if in self.only_ifs:
            pattern = only_if.only_if.event
            matched = self._match(ex, path, pattern, event, arguments)
            if matched.is_false:
                continue
            bound = {
                a.id: value for a, value in zip(pattern.arguments, arguments, strict=True) if isinstance(a, typed.Local)
            }
            bad = self.terms.and_(condition, matched, self.terms.not_(only_if.holds(ex, path, bound)))
            only_if.said(ex, path, bound, self.terms.and_(condition, matched))
            self._raise(ex, path, only_if.property, bad, span)
        for may in self.mays:
            if may.event is not None:
                self._may(ex, path, may, may.event, event, arguments, condition, span)

    def reallocated(self, ex: Execution, path: Path, object: str, slot: int, span: Span) -> None:
        """``new`` took a slot: cells keyed by it are judged and reset."""
        if ex.initial:
            return
        terms = self.terms
        for monitor in self.counts:
            for cell in monitor.cells:
                if not _keyed_by(monitor.count.keys, cell.key, object, slot):
                    continue
                assert cell.armed is not None or not monitor.count.keys
                self._judge(ex, path, monitor, cell, terms.true, span)
                if cell.armed is not None:
                    path.variables[cell.armed] = terms.false
                if cell.number is not None:
                    path.variables[cell.number] = terms.integer(0)
        for order in self.orders:
            for key, bit in order.cells:
                if _keyed_by(order.order.keys, key, object, slot):
                    path.variables[bit] = terms.false

    def _count(
        self,
        ex: Execution,
        path: Path,
        monitor: CountMonitor,
        event: int,
        arguments: tuple[SymbolicValue, ...],
        condition: Term,
        span: Span,
    ) -> None:
        count = monitor.count
        if count.per is not None and count.per.event == event:
            for cell, here in self._cells(ex, path, monitor, count.per, event, arguments, condition):
                self._arm(ex, path, monitor, cell, here, span)
        if count.counted.event == event:
            for cell, here in self._cells(ex, path, monitor, count.counted, event, arguments, condition):
                self._counted(ex, path, monitor, cell, here, span)

    def _cells(
        self,
        ex: Execution,
        path: Path,
        monitor: CountMonitor,
        pattern: typed.EventPattern,
        event: int,
        arguments: tuple[SymbolicValue, ...],
        condition: Term,
    ) -> Iterator[tuple[CountCell, Term]]:
        matched = self._match(ex, path, pattern, event, arguments)
        for cell in monitor.cells:
            chosen = self._chosen(ex, pattern, monitor.count.keys, cell.key, arguments)
            here = ex.simplify(path, self.terms.and_(condition, matched, chosen))
            if not here.is_false:
                yield cell, here

    def _arm(self, ex: Execution, path: Path, monitor: CountMonitor, cell: CountCell, here: Term, span: Span) -> None:
        terms = self.terms
        assert cell.armed is not None
        armed = ex.variable(path, cell.armed)
        if monitor.count.until_next:
            self._judge(ex, path, monitor, cell, here, span)
        else:
            self._raise(ex, path, monitor.property, terms.and_(here, armed), span)
        path.variables[cell.armed] = terms.or_(here, armed)
        if cell.number is not None:
            number = ex.variable(path, cell.number)
            path.variables[cell.number] = terms.ite(here, terms.integer(0), number)

    def _counted(
        self, ex: Execution, path: Path, monitor: CountMonitor, cell: CountCell, here: Term, span: Span
    ) -> None:
        terms = self.terms
        armed = terms.true if cell.armed is None else ex.variable(path, cell.armed)
        if monitor.count.quantity is Quantity.NEVER:
            self._raise(ex, path, monitor.property, here, span)
            return
        idle = terms.and_(here, terms.not_(armed))
        self._raise(ex, path, monitor.property, idle, span)
        assert cell.number is not None
        number = ex.variable(path, cell.number)
        limit = terms.integer(monitor.limit())
        counts = terms.and_(here, armed)
        full = terms.le(limit, number)
        if monitor.count.quantity is not Quantity.AT_LEAST_ONCE:
            self._raise(ex, path, monitor.property, terms.and_(counts, full), span)
        grows = ex.simplify(path, terms.and_(counts, terms.not_(full)))
        more = terms.ite(grows, terms.add(number, terms.integer(1)), number)
        if monitor.limit() == 1:
            more = terms.ite(counts, terms.integer(1), number)
        path.variables[cell.number] = more

    def _judge(self, ex: Execution, path: Path, monitor: CountMonitor, cell: CountCell, here: Term, span: Span) -> None:
        bad = self.missing(ex, path, monitor, cell)
        self._raise(ex, path, monitor.property, self.terms.and_(here, bad), span)

    def missing(self, ex: Execution, path: Path, monitor: CountMonitor, cell: CountCell) -> Term:
        """Whether the cell is armed and nothing was counted though something must be."""
        if not monitor.wants_one() or cell.number is None:
            return self.terms.false
        armed = self.terms.true if cell.armed is None else ex.variable(path, cell.armed)
        return self.terms.and_(armed, self.terms.eq(ex.variable(path, cell.number), self.terms.integer(0)))

    def _order(
        self,
        ex: Execution,
        path: Path,
        monitor: OrderMonitor,
        event: int,
        arguments: tuple[SymbolicValue, ...],
        condition: Term,
        span: Span,
    ) -> None:
        terms, order = self.terms, monitor.order
        if order.second.event == event:
            matched = self._match(ex, path, order.second, event, arguments)
            for key, bit in monitor.cells:
                chosen = self._chosen(ex, order.second, order.keys, key, arguments)
                bad = terms.and_(condition, matched, chosen, terms.not_(ex.variable(path, bit)))
                self._raise(ex, path, monitor.property, bad, span)
        if order.first.event == event:
            matched = self._match(ex, path, order.first, event, arguments)
            for key, bit in monitor.cells:
                chosen = self._chosen(ex, order.first, order.keys, key, arguments)
                here = ex.simplify(path, terms.and_(condition, matched, chosen))
                path.variables[bit] = terms.or_(here, ex.variable(path, bit))

    def _may(
        self,
        ex: Execution,
        path: Path,
        monitor: MayMonitor,
        pattern: typed.EventPattern,
        event: int,
        arguments: tuple[SymbolicValue, ...],
        condition: Term,
        span: Span,
    ) -> None:
        matched = self._match(ex, path, pattern, event, arguments)
        if matched.is_false:
            return
        keys = () if monitor.may.key is None else (monitor.may.key,)
        for key, bit in monitor.bits:
            chosen = self._chosen(ex, pattern, keys, key, arguments)
            seen = ex.variable(path, bit)
            here = self.terms.and_(condition, matched, chosen, seen)
            self._raise(ex, path, monitor.property, here, span)

    def _raise(self, ex: Execution, path: Path, property: typed.Property, condition: Term, span: Span) -> None:
        condition = ex.simplify(path, condition)
        if not condition.is_false:
            ex.add_raise(path, Raise(property.id, condition, None, span))

    # patterns

    def _match(
        self,
        ex: Execution,
        path: Path,
        pattern: typed.EventPattern,
        event: int,
        arguments: tuple[SymbolicValue, ...],
    ) -> Term:
        """Whether the event is the pattern's and all its constants are equal."""
        if pattern.event != event:
            return self.terms.false
        parameters = self.events[event].parameters
        parts: list[Term] = []
        for wanted, value, parameter in zip(pattern.arguments, arguments, parameters, strict=True):
            if isinstance(wanted, typed.Constant):
                constant = ex.values.constant(wanted.value, wanted.type)
                parts.append(ex.values.equal(value, parameter.type, constant, wanted.type))
        return ex.simplify(path, self.terms.and_(*parts))

    def _chosen(
        self,
        ex: Execution,
        pattern: typed.EventPattern,
        keys: tuple[typed.Local, ...],
        key: Key,
        arguments: tuple[SymbolicValue, ...],
    ) -> Term:
        """Whether the event's arguments name that cell."""
        codes = {local.id: code for local, code in zip(keys, key, strict=True)}
        parameters = self.events[pattern.event].parameters
        parts: list[Term] = []
        for wanted, value, parameter in zip(pattern.arguments, arguments, parameters, strict=True):
            if isinstance(wanted, typed.Local) and wanted.id in codes:
                assert isinstance(value, Term)
                code = codes[wanted.id]
                if isinstance(parameter.type, typed.RefType):
                    parts.append(ex.values.at_address(value, parameter.type, code))
                else:
                    parts.append(self.terms.eq(value, ex.values.code(code, parameter.type)))
        return self.terms.and_(*parts)


def key_codes(type: typed.Type) -> list[tuple[int, str]]:
    """The possible values of a key with their names; references by slot (raises ValueError for an infinite type)."""
    if isinstance(type, typed.RefType):
        return [(slot, key_name(type, slot)) for slot in range(type.pool)]
    return [(code, key_name(type, code)) for code in element_codes(type)]


def key_name(type: typed.Type, code: int) -> str:
    return f"{type.target}[{code}]" if isinstance(type, typed.RefType) else code_name(type, code)


def _keyed_by(keys: tuple[typed.Local, ...], key: Key, object: str, slot: int) -> bool:
    return any(
        isinstance(local.type, typed.RefType) and local.type.target == object and code == slot
        for local, code in zip(keys, key, strict=True)
    )


def _leaves(value: SymbolicValue) -> tuple[Term, ...]:
    if isinstance(value, Term):
        return (value,)
    return tuple(leaf for v in value for leaf in _leaves(v))


def _error(message: str, span: Span) -> SpecError:
    return SpecError((Diagnostic("MC550", Severity.ERROR, message, span),))
