"""Writes LLVM assembly as text.

A small part of the language, enough for ``generate``: llvmlite's own builder makes an object for every instruction, and
making and printing those took longer than compiling them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from types import MappingProxyType

from modelcheck.ground.records import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """An operand: its type and how it is written."""

    type: str
    text: str

    def __str__(self) -> str:
        return f"{self.type} {self.text}"


#: What a module with prefetches must declare.
DECLARATIONS = "declare void @llvm.prefetch.p0(ptr nocapture readonly, i32, i32, i32)"
I1, I8, I32, I64, POINTER, VOID = "i1", "i8", "i32", "i64", "ptr", "void"
_SIZES = MappingProxyType({I8: 1, I32: 4, I64: 8})


def constant(value: int, type: str = I64) -> Value:
    """Return an integer constant."""
    return Value(type, str(int(value)))


@dataclass(slots=True, eq=False)
class Block:
    """A basic block and its instructions so far."""

    label: str
    lines: list[str] = field(default_factory=list)


class Function:
    """A function under construction.

    ``args``: its parameters; ``inline``: whether the optimiser may copy it to where it is called.
    """

    def __init__(
        self, name: str, result: str, parameters: Sequence[str], exported: bool = False, inline: bool = True
    ) -> None:
        self.name = name
        self.result = result
        self.args = [Value(type, f"%a{number}") for number, type in enumerate(parameters)]
        self._exported = exported
        self._inline = inline
        self._blocks: list[Block] = []
        self._names = 0

    def block(self) -> Block:
        """Append a basic block."""
        block = Block(f"b{len(self._blocks)}")
        self._blocks.append(block)
        return block

    def fresh(self) -> str:
        """Return an unused name of a value."""
        self._names += 1
        return f"%v{self._names}"

    def __str__(self) -> str:
        head = "define" if self._exported else "define internal"
        parameters = ", ".join(str(argument) for argument in self.args)
        lines = [f"{head} {self.result} @{self.name}({parameters}){'' if self._inline else ' noinline'} {{"]
        for block in self._blocks:
            lines.append(f"{block.label}:")
            lines += block.lines
        lines.append("}")
        return "\n".join(lines)


@dataclass(slots=True, eq=False)
class Phi:
    """A phi whose incoming values are given later. ``value`` can be used at once."""

    value: Value
    block: Block
    line: int
    incoming: list[str] = field(default_factory=list)

    def add(self, value: Value, block: Block) -> None:
        """Say which value comes from which block."""
        self.incoming.append(f"[ {value.text}, %{block.label} ]")
        self.block.lines[self.line] = f"{self.value.text} = phi {self.value.type} " + ", ".join(self.incoming)


class Builder:
    """Appends instructions to ``block`` of a function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.block = function.block()

    def at(self, block: Block) -> None:
        """Go on at the end of another block."""
        self.block = block

    def _assign(self, type: str, instruction: str) -> Value:
        name = self.function.fresh()
        self.block.lines.append(f"{name} = {instruction}")
        return Value(type, name)

    def binary(self, operation: str, a: Value, b: Value) -> Value:
        """``add``, ``sub``, ``mul``, ``and``, ``or``, ``xor``, ``shl``, ``lshr``, ``udiv``,
        ``urem``, ``sdiv``, ``srem``
        """
        return self._assign(a.type, f"{operation} {a.type} {a.text}, {b.text}")

    def compare(self, relation: str, a: Value, b: Value) -> Value:
        """``eq``, ``ne``, ``ult``, ``ule``, ``ugt``, ``slt``, ``sle``, ``sge``"""
        return self._assign(I1, f"icmp {relation} {a.type} {a.text}, {b.text}")

    def select(self, condition: Value, then: Value, otherwise: Value) -> Value:
        return self._assign(then.type, f"select {condition}, {then}, {otherwise}")

    def convert(self, operation: str, value: Value, type: str) -> Value:
        """``trunc``, ``zext`` or ``inttoptr``"""
        return self._assign(type, f"{operation} {value} to {type}")

    def element(self, type: str, base: Value, index: Value) -> Value:
        """Return the address of an element of an array."""
        return self._assign(POINTER, f"getelementptr {type}, {base}, {index}")

    def load(self, type: str, address: Value) -> Value:
        return self._assign(type, f"load {type}, {address}")

    def store(self, value: Value, address: Value) -> None:
        self.block.lines.append(f"store {value}, {address}")

    def load_acquire(self, type: str, address: Value) -> Value:
        """Load what another thread may store: what it wrote before that is visible afterwards."""
        return self._assign(type, f"load atomic {type}, {address} acquire, align {_SIZES[type]}")

    def store_atomic(self, value: Value, address: Value) -> None:
        """Store what other threads may load; nothing else is ordered by it."""
        self.block.lines.append(f"store atomic {value}, {address} monotonic, align {_SIZES[value.type]}")

    def fetch_add(self, address: Value, value: Value) -> Value:
        """Add to what several threads add to; return what was there before."""
        return self._assign(value.type, f"atomicrmw add {address}, {value} monotonic")

    def exchange_if(self, address: Value, expected: Value, new: Value) -> tuple[Value, Value]:
        """Store ``new`` if ``expected`` is there. Return what was there, and whether ``new`` was stored.

        Whoever loads ``new`` (``load_acquire``) sees everything that was written before it.
        """
        pair = self._assign("pair", f"cmpxchg {address}, {expected}, {new} acq_rel acquire")
        written = f"{{ {new.type}, i1 }} {pair.text}"
        return self._assign(new.type, f"extractvalue {written}, 0"), self._assign(I1, f"extractvalue {written}, 1")

    def call(self, function: Function, arguments: Sequence[Value]) -> Value:
        """Call; the value of a void function must not be used."""
        written = f"call {function.result} @{function.name}({', '.join(str(a) for a in arguments)})"
        if function.result == VOID:
            self.block.lines.append(written)
            return Value(VOID, "")
        return self._assign(function.result, written)

    def prefetch(self, address: Value) -> None:
        """Ask for the memory at an address, which need not be valid."""
        self.block.lines.append(f"call void @llvm.prefetch.p0({address}, i32 0, i32 3, i32 1)")

    def phi(self, type: str) -> Phi:
        value = self._assign(type, "phi")
        return Phi(value, self.block, len(self.block.lines) - 1)

    def branch(self, target: Block) -> None:
        self.block.lines.append(f"br label %{target.label}")

    def branch_if(self, condition: Value, then: Block, otherwise: Block) -> None:
        self.block.lines.append(f"br {condition}, label %{then.label}, label %{otherwise.label}")

    def switch(self, value: Value, default: Block, cases: Sequence[tuple[int, Block]]) -> None:
        written = " ".join(f"{value.type} {number}, label %{block.label}" for number, block in cases)
        self.block.lines.append(f"switch {value}, label %{default.label} [ {written} ]")

    def ret(self, value: Value | None = None) -> None:
        self.block.lines.append("ret void" if value is None else f"ret {value}")

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """What is appended inside runs only if the condition is true."""
        inside, after = self.function.block(), self.function.block()
        self.branch_if(condition, inside, after)
        self.at(inside)
        yield
        self.branch(after)
        self.at(after)

    @contextmanager
    def counting(self, count: Value) -> Iterator[Value]:
        """What is appended inside runs for each i64 below ``count``, which is yielded."""
        before = self.block
        head, inside, after = self.function.block(), self.function.block(), self.function.block()
        self.branch(head)
        self.at(head)
        index = self.phi(I64)
        index.add(constant(0), before)
        self.branch_if(self.compare("ult", index.value, count), inside, after)
        self.at(inside)
        yield index.value
        following = self.binary("add", index.value, constant(1))
        index.add(following, self.block)
        self.branch(head)
        self.at(after)
