"""A System as a Promela model for SPIN.

Every process is one loop that never ends, with its location in a variable: a proctype that ends
would be a state of its own. Each step is one ``d_step``. With ``-DSAFETY -DNOREDUCE`` SPIN stores
exactly the states that modelcheck counts.
"""

from __future__ import annotations

from modelcheck.export.assignments import sequence
from modelcheck.export.names import identifiers
from modelcheck.export.parts import bad_states, bad_steps, describe, guard_of, heading, value_range
from modelcheck.export.term_texts import PROMELA, expression
from modelcheck.export.unexportable import Unexportable
from modelcheck.ir.system import Step, System

_USE = """To run it, counting all states whatever is violated:
  spin -o2 -a FILE && cc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E -c0 -m1000000
  (-o2: variables that nobody reads are kept, and so are the states that differ in them)
(-DBFS for shortest traces; -DVECTORSZ=4096 if SPIN says that the state vector is too large)"""


def promela(system: System) -> str:
    """Return the model as text. Raises ``Unexportable``."""
    return _Promela(system).text()


class _Promela:
    def __init__(self, system: System) -> None:
        self._system = system
        names = identifiers([v.name for v in system.variables] + [p.name + " process" for p in system.processes])
        count = len(system.variables)
        self._names = {v.id: name for v, name in zip(system.variables, names[:count], strict=True)}
        self._processes = names[count:]
        self._temporaries = 0

    def text(self) -> str:
        system = self._system
        body: list[str] = []
        for process, name in zip(system.processes, self._processes, strict=True):
            body += self._process(name, [step for step in system.steps if step.process == process.index])
        body += self._invariants()
        head = [f"/* {line} */" for line in _comment_lines([*heading(system), *_USE.splitlines()])]
        head.append("")
        head += [self._declaration(v.id) for v in system.variables]
        head += [f"hidden int old_{number};" for number in range(self._temporaries)]
        return "\n".join([*head, *body, ""])

    def _declaration(self, variable: int) -> str:
        v = self._system.variables[variable]
        limits = value_range(self._system, variable)
        if limits is None:
            return f"bool {self._names[variable]} = {'true' if v.initial else 'false'};"
        low, high = limits
        if low < -(1 << 31) or high >= 1 << 31:
            raise Unexportable(f"{v.name} needs more than 32 bits")
        kind = "byte" if low >= 0 and high < 256 else "short" if low >= -(1 << 15) and high < 1 << 15 else "int"
        return f"{kind} {self._names[variable]} = {int(v.initial)};"

    def _process(self, name: str, steps: list[Step]) -> list[str]:
        ways: list[str] = []
        for step in steps:
            comment = f"  /* {_comment(describe(self._system, step))} */"
            if not step.fault:
                guard = expression(guard_of(self._system, step), self._names, PROMELA)
                ways += [comment, f"  :: d_step {{ {guard} -> {'; '.join(self._assignments(step)) or 'skip'} }}"]
            for bad in bad_steps(self._system, step):
                condition = expression(bad.condition, self._names, PROMELA)
                ways += [
                    f"  /* {_comment(bad.said(' violated'))} */",
                    f"  :: d_step {{ {condition} -> assert(false) }}",
                ]
        if not ways:
            return []
        return ["", f"active proctype {name}() {{", "end:", "  do", *ways, "  od", "}"]

    def _assignments(self, step: Step) -> list[str]:
        order = sequence(step.updates)
        names = dict(self._names)
        written: list[str] = []
        for number, variable in enumerate(order.saved):
            written.append(f"old_{number} = {self._names[variable]}")
            names[variable] = f"old_{number}"
        self._temporaries = max(self._temporaries, len(order.saved))
        for variable, term in order.updates:
            written.append(f"{self._names[variable]} = {expression(term, names, PROMELA)}")
        return written

    def _invariants(self) -> list[str]:
        ways: list[str] = []
        for bad in bad_states(self._system):
            condition = expression(bad.condition, self._names, PROMELA)
            ways += [
                f"  /* {_comment(bad.said(' violated'))} */",
                f"  :: d_step {{ {condition} -> assert(false) }}",
            ]
        if not ways:
            return []
        return [
            "",
            "/* Looks at every state and changes none. */",
            "active proctype universal_properties() {",
            "end:",
            "  do",
            *ways,
            "  od",
            "}",
        ]


def _comment(text: str) -> str:
    return text.replace("*/", "* /").replace("/*", "/ *").replace("\n", " ")


def _comment_lines(lines: list[str]) -> list[str]:
    return [_comment(line) for line in lines]
