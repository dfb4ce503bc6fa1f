"""Which engines work on what, in which order, and with which share of time and memory: data, which
``follow`` carries out.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

from modelcheck.engines.registry import Name
from modelcheck.ground.records import dataclass

#: What a user may ask for. ``auto``: exploration, and others where that comes to no end;
#: ``portfolio``: all engines at the same time.
Engine = Literal["auto", "explicit", "native", "bmc", "portfolio"]


class When(Enum):
    """When a turn is due."""

    ALWAYS = "always"
    #: Not everything was visited, and nothing is known to be wrong.
    UNSETTLED = "unsettled"
    #: The same, and no integer seems to grow for ever.
    MAY_END = "may end"
    #: The same, and some integer does seem to, while something that a run may show is neither known nor proved.
    ENDLESS = "endless"
    #: Time or memory did not suffice, and the rest of the time may still show something.
    EXHAUSTED = "exhausted"
    #: The limit of states was reached.
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Share:
    """One of the engines that work at the same time. ``memory``: its part, compared with the others."""

    engine: Name
    memory: int = 1


@dataclass(frozen=True, slots=True)
class Turn:
    """Some engines at work. ``apart``: each in a process of its own, and all at the same time; else there is one.

    ``part``: of the time that is left, if what remains is at least ``leaves`` seconds; ``least``:
    seconds that it gets in any case. ``states``, ``seconds``: no more than so many. ``unlimited``:
    seconds if the user sets no limit.
    """

    engines: tuple[Share, ...]
    when: When = When.ALWAYS
    apart: bool = False
    part: float = 1.0
    leaves: float = 0.0
    least: float = 0.0
    states: int | None = None
    seconds: float | None = None
    unlimited: float | None = None


Plan = tuple[Turn, ...]

#: The part of the user's time that exploration gets if others may have to go on without it, and how
#: many seconds the rest has to be.
EXPLORING, WORTHWHILE = 0.8, 1.0
#: Where an integer has no bounds. States after which, and seconds after which, the question is
#: asked whether exploration will ever end: compiled, it gets there in less time than an answer to
#: that takes, but one long line of states is explored slowly.
FIRST_STATES, FIRST_SECONDS = 1_000_000, 5.0
#: The part of the user's time that exploration gets if it may end.
MAY_END = 0.6
#: Seconds for all proofs of a scenario, and for exploring what grows for ever, if the user sets no limit.
PROOF_SECONDS, EXPLORE_SECONDS = 30.0, 20.0
#: A portfolio starts when a model turns out to have more states than this: smaller ones are
#: explored before a process has started.
SMALL_STATES = 20_000

#: Explore; if time or memory do not suffice for that, unroll for the rest of the time.
THEN_UNROLL: Plan = (
    Turn((Share("exploration"),), part=EXPLORING, leaves=WORTHWHILE),
    Turn((Share("bmc"),), When.EXHAUSTED, apart=True),
)
#: Explore a little, prove what holds for ever, explore on for what is still open.
UNBOUNDED_INTEGERS: Plan = (
    Turn((Share("exploration"),), states=FIRST_STATES, seconds=FIRST_SECONDS),
    Turn((Share("exploration"),), When.MAY_END, part=MAY_END),
    Turn((Share("induction"),), When.UNSETTLED, least=1.0, unlimited=PROOF_SECONDS),
    Turn((Share("exploration"),), When.ENDLESS, unlimited=EXPLORE_SECONDS),
)
#: All engines, unless the model is so small that exploration has the answer at once.
TOGETHER: Plan = (
    Turn((Share("exploration"),), states=SMALL_STATES),
    Turn(
        (Share("exploration", memory=2), Share("bmc"), Share("induction"), Share("spacer")),
        When.GIVEN_UP,
        apart=True,
    ),
)
#: Who looks for violations with a few processes where a class runs in any number of them.
UNROLLER: Final = "bmc"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of instances that are explored one after the other, the smallest first, for so many seconds together."""

    numbers: range
    seconds: float


@dataclass(frozen=True, slots=True)
class AnyNumber:
    """How a class that runs in any number of instances is looked at: small numbers are explored, what these do not
    show is tried to prove, and for what is not proved larger numbers are explored.

    ``small``: the numbers that are always explored; ``states``: no more than so many with one number;
    ``seconds``: for one number, and ``proof``: for all proofs, if the user sets no limit. ``larger``: the numbers
    that are explored if there is no proof, and ``faulting``: if some fault may be reachable, which cuts all
    else short (there the user's time, if there is any left, is used up). ``suspected``: those where a
    proof makes no headway. ``together``: who works at the same time if all engines do, and ``unrolled``: the
    numbers in which bounded model checking looks for violations then.
    """

    small: tuple[int, ...]
    states: int
    seconds: float
    proof: float
    larger: Sizes
    faulting: Sizes
    suspected: Sizes
    together: tuple[Share, ...]
    unrolled: tuple[int, ...]


ANY_NUMBER = AnyNumber(
    small=(0, 1, 2),
    states=400_000,
    seconds=15.0,
    proof=90.0,
    larger=Sizes(range(3, 9), 10.0),
    faulting=Sizes(range(3, 65), 20.0),
    suspected=Sizes(range(3, 5), 5.0),
    together=(Share("induction", memory=2), Share(UNROLLER)),
    unrolled=(1, 2, 3),
)


def alone(engine: Name) -> Plan:
    """One engine."""
    return (Turn((Share(engine),)),)


def plan_for(engine: Engine, *, unbounded_integers: bool, proofs: bool, limited: bool) -> Plan:
    """Return the plan for a model with fixed numbers of processes.

    ``proofs``: whether more than exploration is wanted; ``limited``: whether the user limits the
    number of states, who gets what was explored up to there.
    """
    if engine == "portfolio":
        return TOGETHER
    if engine != "auto":
        return alone(engine)
    if proofs and unbounded_integers:
        return UNBOUNDED_INTEGERS
    return THEN_UNROLL if proofs and not limited else alone("exploration")
