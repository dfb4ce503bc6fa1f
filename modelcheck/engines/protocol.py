"""How every engine is asked, and how it answers.

An engine gets a question (a model, and the system made of it), the numbers of the properties that
are wanted, a budget, and somebody to talk to while it works; it hands back ``result.found.Found``.
It is believed by nobody: ``checking`` compares what it has visited with the interpreter, and
replays what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.result.proof import Request

if TYPE_CHECKING:
    from modelcheck.engines.explicit.machine import Machine
    from modelcheck.engines.semantics import Semantics
    from modelcheck.ir.system import System
    from modelcheck.result.budget import Budget
    from modelcheck.result.found import Found
    from modelcheck.result.progress import Early, Progress
    from modelcheck.result.reasons.stops import Unsupported

#: Makes the model with fixed numbers of instances of the classes named.
Sized = Callable[[Mapping[str, int]], typed.Model]


@dataclass(frozen=True, slots=True)
class Question:
    """What an engine is asked about.

    ``system``: elaborated from ``model``; None if some class runs in any number of instances, and
    then ``sized`` makes the models with fixed numbers. ``machine``: of the system, if there is one
    already. ``request``: what is wanted of a proof.
    """

    model: typed.Model
    semantics: Semantics
    system: System | None = None
    sized: Sized | None = None
    machine: Machine | None = None
    request: Request | None = None

    @property
    def fixed(self) -> System:
        """The system, where every number of instances is fixed (which ``Engine.supports`` has asked)."""
        assert self.system is not None
        return self.system


@dataclass(frozen=True, slots=True)
class Contact:
    """Who listens to an engine while it works, and whom it may ask.

    ``interrupted``: whether to stop early, asked now and then. ``early``: is told what was found
    before all is. ``doubt``: names the properties that exploration refutes by now.
    """

    progress: Progress | None = None
    interrupted: Callable[[], bool] | None = None
    early: Early | None = None
    doubt: Callable[[], Collection[str]] | None = None


class Kind(Enum):
    """What an engine's answers rest on, which decides how they are re-checked."""

    EXPLORES = "explores"  # states that were visited, each: they are compared with the interpreter
    # runs, and lengths up to which there are none: runs are replayed, the first states are looked
    # at by the interpreter
    UNROLLS = "unrolls"
    PROVES = "proves"  # certificates, which a second solver has confirmed


class Engine(Protocol):
    """Something that answers questions."""

    @property
    def kind(self) -> Kind:
        """What its answers rest on."""

    @property
    def name(self) -> str:
        """As users read it."""

    def supports(self, question: Question, property: int) -> Unsupported | None:
        """Say why the engine can never answer this about a property, by its number; None if it may."""

    def run(self, question: Question, wanted: Sequence[int], budget: Budget, contact: Contact) -> Found:
        """Answer about these properties, each of which is supported. Raises ``SpecError``."""
