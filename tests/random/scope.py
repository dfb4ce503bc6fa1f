"""Where code stands: which names it sees and what may be done there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from tests.random.types import Scalar, Variable
from tests.random.world import Label, World


class Site(Enum):
    """``CODE``: each access is a step.

    ``ATOMIC`` and ``INIT``: at once, with effects. ``GUARD``: operations that may fail. ``PURE``,
    ``PROPERTY``: none.
    """

    CODE = "code"
    ATOMIC = "atomic"
    INIT = "init"
    GUARD = "guard"
    PURE = "pure"
    PROPERTY = "property"


@dataclass(slots=True)
class Body:
    """The body that is being written: its labels and jumps, to be resolved at its end.

    ``unbroken``: it may run inside ``atomic``.
    """

    owner: str
    unbroken: bool
    labels: list[Label] = field(default_factory=list)
    jumps: list[tuple[tuple[int, ...], int]] = field(default_factory=list)
    atomics: set[int] = field(default_factory=set)
    order: int = 0

    def next(self) -> int:
        """Return the next place in the order of the text."""
        self.order += 1
        return self.order


@dataclass(frozen=True, slots=True)
class Scope:
    """``locals`` may be assigned, ``fixed`` only be read; ``solid``: references that are taken for not
    null; ``inside``: the ``atomic`` and ``for`` statements around; ``passed``: the ``&``
    parameters; ``flat``: no elements of arrays, for an index; ``quantified``: quantifiers may stand
    where all is read at once.
    """

    world: World
    site: Site
    body: Body
    locals: tuple[Variable, ...] = ()
    fixed: tuple[Variable, ...] = ()
    solid: tuple[tuple[str, str], ...] = ()
    loop: bool = False
    result: Scalar | None = None
    process: str | None = None
    inside: tuple[int, ...] = ()
    primed: bool = False
    flat: bool = False
    passed: frozenset[str] = frozenset()
    quantified: bool = True

    @property
    def effects(self) -> bool:
        """Whether an expression may change something."""
        return self.site in (Site.CODE, Site.ATOMIC, Site.INIT)

    @property
    def steps(self) -> bool:
        """Whether each access is a step of its own, so that code may wait."""
        return self.site is Site.CODE
