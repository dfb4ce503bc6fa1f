"""Do all programs say the same about a random spec? The base and each variant, in each scenario.

Always compared: interpreter and plain explorer, state by state, and the verdict and length of every
property. ``Depth`` says what else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from modelcheck.checking.crosscheck.crosscheck import cross_check
from modelcheck.engines.explicit import Exploration, explore
from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.native import Unsupported
from modelcheck.engines.native import explore as explore_natively
from modelcheck.ground.diagnostics import SpecError
from modelcheck.ir.system import System
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.explore import explore as explore_by_interpreter
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from tests.agreement import Disagreement, compare_with_bmc, compare_with_native, compare_with_reduced

#: Of larger models only so many states are compared.
STATES = 2_000
SAMPLE = 200
#: Trace lengths that bounded model checking goes up to.
STEPS = 5


@dataclass(frozen=True, slots=True)
class Depth:
    """What is compared besides interpreter and plain explorer.

    ``alone``: the interpreter also explores and judges by itself.
    """

    alone: bool = False
    reduced: bool = False
    native: bool = False
    unrolled: bool = False
    states: int = STATES


#: Everything that is compared of one spec in so many (see ``tests.campaign``).
THOROUGH = Depth(alone=True, reduced=True, native=True, unrolled=True)


@dataclass(slots=True)
class Compared:
    """What became of the instances of one spec.

    ``violated``: obligation kinds and kinds of properties, ``models``: those that were compared.
    ``unanswered``: what bounded model checking found no answer to in its time.
    """

    instances: int = 0
    refused: list[str] = field(default_factory=list)
    too_big: int = 0
    states: int = 0
    unanswered: int = 0
    violated: set[str] = field(default_factory=set)
    models: list[typed.Model] = field(default_factory=list)


def compare(text: str, depth: Depth, *, keep: bool = False) -> Compared:
    """Compare all programs on a spec; ``keep`` its models. What the front end refuses is noted and left out.

    Raises ``CrossCheckFailure``, ``Contradiction``, ``Disagreement`` or what a program dies of.
    """
    result = Compared()
    try:
        spec = parse_text(text, "random.mc")
    except SpecError as error:
        result.refused.append(_first(error))
        return result
    designs = [None, *(item.name for item in spec.items if isinstance(item, ast.VariantDecl) and not item.patch)]
    scenarios = [item.name for item in spec.items if isinstance(item, ast.ScenarioDecl)]
    for design in designs:
        for scenario in scenarios:
            result.instances += 1
            try:
                model = pipeline.Loaded(spec).edited(design).resolved(scenario).model
                system = elaborate(model)
            except SpecError as error:
                result.refused.append(_first(error))
                continue
            if keep:
                result.models.append(model)
            _compare(model, system, depth, result)
    return result


def _first(error: SpecError) -> str:
    return next(f"{d.code} {d.message}" for d in error.diagnostics if d.severity.value == "error")


def _compare(model: typed.Model, system: System, depth: Depth, result: Compared) -> None:
    machine = Machine(system)
    found = explore(system, Budget(states=depth.states), machine=machine, keep=True)
    interpreter = MemoisedInterpreter(model)
    cross_check(system, interpreter, found, sample=SAMPLE, limit=depth.states, machine=machine)
    result.states += found.states
    result.violated |= set(_replay(system, found, interpreter))
    if not found.complete:
        result.too_big += 1
        return
    if depth.alone:
        _compare_alone(system, found, interpreter)
    if depth.reduced:
        compare_with_reduced(system, interpreter, found)
    if depth.native:
        _compare_natively(system, found, interpreter)
    if depth.unrolled:
        result.unanswered += compare_with_bmc(system, found, STEPS)


def _replay(system: System, found: Exploration, interpreter: Interpreter) -> Iterator[str]:
    """Replay every schedule; yield the kinds of what was violated or witnessed."""
    for prop, answer in zip(system.properties, found.answers, strict=True):
        if answer.schedule is None:
            continue
        trace = interpreter.replay(answer.schedule, answer.property)
        if trace.schedule != answer.schedule:
            raise Disagreement(f"replay changed the schedule of property {answer.property}")
        yield prop.kind
        if trace.finding is not None and trace.finding.key is not None:
            yield trace.finding.key.kind


def _compare_alone(system: System, found: Exploration, interpreter: Interpreter) -> None:
    """The interpreter explores by itself: the same numbers, and for each property the same length."""
    alone = explore_by_interpreter(interpreter)
    if (alone.states, alone.transitions) != (found.states, found.transitions):
        raise Disagreement(f"interpreter {alone.states, alone.transitions}, explorer {found.states, found.transitions}")
    for answer in found.answers:
        mine = alone.findings.get(answer.property)
        length = None if mine is None else len(mine[0])
        if system.properties[answer.property].not_applicable is None and length != (
            answer.length if answer.schedule is not None else None
        ):
            name = system.properties[answer.property].name
            raise Disagreement(f"{name}: interpreter at length {length}, explorer at {answer.length}")


def _cross_check_by_walks(system: System, found: Exploration, interpreter: Interpreter) -> None:
    """As where there are too many states to compare all of them; the explorer is asked for all that are met."""
    try:
        cross_check(system, interpreter, found, sample=SAMPLE, limit=0)
    finally:
        if found.lookup is not None:
            found.lookup.release()


def _compare_natively(system: System, found: Exploration, interpreter: Interpreter) -> None:
    """Compiled code with one thread and two, with reductions and without.

    Integers that no field holds are left to the plain explorer.
    """
    with suppress(Unsupported):
        compare_with_native(system, found, interpreter)
        compare_with_native(system, found, interpreter, threads=2)
        for threads in (1, 2):
            again = explore_natively(system, Budget(threads=threads), symmetry=True, keep=True)
            _cross_check_by_walks(system, again, interpreter)
            compare_with_reduced(system, interpreter, found, again)
