"""What one (variant, scenario) says about what is exercised in it; put together over all of them in ``summary``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import Enum

from modelcheck.checking.vacuity.numbers import number_bounds
from modelcheck.checking.vacuity.places import Passed, Place, PlaceKind, never_passed, program_of
from modelcheck.checking.vacuity.preconditions import Doings
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import SoughtKind
from modelcheck.model import typed
from modelcheck.model.properties import to_hold
from modelcheck.result.coverage import Coverage
from modelcheck.result.verdict import Answer, Verdict


class Gap(Enum):
    """Why a green cell may say nothing; the value is the code of the warning."""

    ANTECEDENT = "MC422"
    DOMAIN = "MC423"
    EVENT = "MC424"
    UNWRITTEN = "MC425"
    INITIAL = "MC426"
    NUMBER = "MC433"


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that a property that holds needs, so that it says something. ``vacuous``: there is
    nothing of the sort here. ``how``: what kind of thing it is, where it was sought in states or
    steps."""

    gap: Gap
    property: str
    span: Span
    vacuous: bool
    how: SoughtKind | None = None
    whole: bool = True  # the property as a whole says nothing then, and not only a part of it
    never: str = ""  # what never happens, where that is no text of the user's


@dataclass(frozen=True, slots=True)
class Vacuity:
    """``complete``: every reachable state was visited, so that what was not seen never happens.
    ``owners``: processes that run and inlines that they call. ``passed``: places that code was at;
    ``unpassed``: those of the program that it was not. ``moves``: some step is taken that does not
    fault; ``ends``: the properties whose fault ends runs. ``sizes``: the numbers of instances
    looked at, where the processes ``any_number`` run in any number. ``possible``: the same of what
    may happen at all (``possible``), where the exploration alone does not know what never does.
    """

    complete: bool
    owners: tuple[str, ...]
    passed: tuple[Span, ...]
    unpassed: tuple[Place, ...]
    aspects: tuple[Aspect, ...]
    moves: bool
    ends: tuple[str, ...]
    sizes: tuple[int, ...] = ()
    any_number: tuple[str, ...] = ()
    possible: Vacuity | None = None

    @property
    def sure(self) -> Vacuity | None:
        """What is known for any number of instances, and however far integers grow; None if nothing is."""
        return self.possible if self.possible is not None or self.any_number else self

    @property
    def finds(self) -> bool:
        """Whether something never happens in it."""
        return bool(self.unpassed) or not self.moves or any(aspect.vacuous for aspect in self.aspects)


_OF_SOUGHT = {
    SoughtKind.ANTECEDENT: Gap.ANTECEDENT,
    SoughtKind.ALWAYS: Gap.ANTECEDENT,
    SoughtKind.DOMAIN: Gap.DOMAIN,
    SoughtKind.EVENT: Gap.EVENT,
    SoughtKind.KEY: Gap.EVENT,
}


def vacuity_of(
    model: typed.Model,
    coverage: Coverage,
    answers: Callable[[int], Answer | None],
    lengths: Callable[[int], int | None],
    ends: tuple[str, ...],
) -> Vacuity:
    """Judge one instance.

    ``answers`` and ``lengths`` (of traces): by the number of a property; ``ends``: properties whose
    fault is reachable.
    """
    program = program_of(model)
    passed = Passed(coverage.passed)
    unpassed = tuple(_standing(never_passed(program, passed), Passed(coverage.stood)))
    aspects: list[Aspect] = []
    doings: Doings | None = None
    for prop in model.properties:
        answer = answers(prop.id)
        if answer is None or answer.verdict is not Verdict.HOLDS or prop.builtin:
            continue
        if prop.existential:
            length = lengths(prop.id)
            if length is not None:
                aspects.append(Aspect(Gap.INITIAL, prop.name, prop.span, length == 0))
            continue
        if isinstance(prop.body, typed.Obligation):
            doings = doings or Doings(model, passed, unpassed)
            never = doings.missing(prop.body)
            if never is not None:
                aspects.append(Aspect(Gap.DOMAIN, prop.name, prop.span, bool(never), never=never))
        condition = to_hold(prop.body)
        if condition is not None:
            aspects.append(Aspect(Gap.UNWRITTEN, prop.name, prop.span, prop.name in coverage.unwritten))
            aspects += [
                Aspect(Gap.NUMBER, prop.name, bound.span, bound.met, whole=bound.whole)
                for bound in number_bounds(model, condition)
            ]
        happen = {asked.span for asked in coverage.asked if asked.kind is SoughtKind.EVENT and asked.met}
        aspects += [
            Aspect(_OF_SOUGHT[asked.kind], prop.name, asked.span, not asked.met, asked.kind, asked.whole)
            for asked in coverage.asked
            if asked.property == prop.name and (asked.kind is not SoughtKind.KEY or asked.span in happen)
        ]
    return Vacuity(
        coverage.complete,
        tuple(dict.fromkeys(place.owner for place in program.places)),
        coverage.passed,
        unpassed,
        tuple(aspects),
        coverage.moves,
        ends,
        coverage.sizes,
        tuple(process.name for process in model.processes if process.count is None),
    )


def _standing(unpassed: Sequence[Place], stood: Passed) -> Iterator[Place]:
    """The places that no code was in.

    Where control stands and never goes on, what it stands at waits (and the branch around it is
    reached).
    """
    for place in unpassed:
        if place.kind not in (PlaceKind.STATEMENT, PlaceKind.BRANCH) or not stood.inside(place.span):
            yield place
        elif place.kind is PlaceKind.STATEMENT:
            yield replace(place, kind=PlaceKind.GUARD)
