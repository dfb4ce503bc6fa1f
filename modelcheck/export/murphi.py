"""A System as a Murphi model, for Rumur (and, where it has no need of Rumur's ``? :``, for CMurphi)."""

from __future__ import annotations

from modelcheck.export.assignments import sequence
from modelcheck.export.names import identifiers
from modelcheck.export.parts import bad_states, bad_steps, describe, guard_of, heading, value_range
from modelcheck.export.term_texts import MURPHI, expression
from modelcheck.export.unexportable import Unexportable
from modelcheck.ir.system import Step, System

_USE = """To run it, counting all states whatever is violated:
  rumur --deadlock-detection off --max-errors 1000000 --output model.c FILE
  cc -std=c11 -O3 -march=native -o model model.c -lpthread && ./model"""


#: Numbers of variables lie within it on both sides.
_WIDEST = 1 << 62


def murphi(system: System) -> str:
    """Return the model as text. Raises ``Unexportable``."""
    names = {
        v.id: name for v, name in zip(system.variables, identifiers(v.name for v in system.variables), strict=True)
    }
    lines = [f"-- {line}" for line in [*heading(system), *_USE.splitlines()]]
    # Rumur computes in the narrowest type that holds all types of the model: `x - 1` has to fit, too.
    lines += ["", "type", f"  number : {-_WIDEST} .. {_WIDEST - 1};", "", "var"]
    lines += [f"  {names[v.id]} : {_type(system, v.id)};" for v in system.variables]
    lines += ["", "startstate", "begin"]
    for v in system.variables:
        lines.append(f"  {names[v.id]} := {expression(system.terms.constant(v.initial, v.sort), names, MURPHI)};")
    lines.append("end;")
    for step in system.steps:
        lines += _rules(system, step, names)
    for number, bad in enumerate(bad_states(system)):
        condition = expression(bad.condition, names, MURPHI)
        # Not an invariant: Rumur neither counts nor expands a state that breaks one.
        lines += ["", f"rule {_quoted(f'{bad.property} {number}')}", f"  {condition}", "==>", "begin"]
        lines += [f"  error {_quoted(bad.said())};", "end;"]
    return "\n".join([*lines, ""])


def _type(system: System, variable: int) -> str:
    limits = value_range(system, variable)
    if limits is None:
        return "boolean"
    low, high = limits
    if low < -_WIDEST or high >= _WIDEST:
        raise Unexportable(f"{system.variables[variable].name} needs more than 62 bits")
    # A lone value is no range that a Murphi type should have.
    return f"{low} .. {max(high, low + 1)}"


def _rules(system: System, step: Step, names: dict[int, str]) -> list[str]:
    what = describe(system, step)
    lines: list[str] = []
    if not step.fault:
        order = sequence(step.updates)
        guard = expression(guard_of(system, step), names, MURPHI)
        lines += ["", f"rule {_quoted(f'{step.id} {what}')}", f"  {guard}", "==>"]
        reading = dict(names)
        for number, variable in enumerate(order.saved):
            lines.append(f"  var old_{number} : {_type(system, variable)};")
            reading[variable] = f"old_{number}"
        lines.append("begin")
        lines += [f"  old_{number} := {names[variable]};" for number, variable in enumerate(order.saved)]
        lines += [f"  {names[variable]} := {expression(term, reading, MURPHI)};" for variable, term in order.updates]
        lines.append("end;")
    for number, bad in enumerate(bad_steps(system, step)):
        condition = expression(bad.condition, names, MURPHI)
        lines += [
            "",
            f"rule {_quoted(f'{step.id}.{number} {what}: violation')}",
            f"  {condition}",
            "==>",
            "begin",
            f"  error {_quoted(bad.said())};",
            "end;",
        ]
    return lines


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "/").replace('"', "'").replace("%", "percent").replace("\n", " ") + '"'
