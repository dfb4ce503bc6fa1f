"""How an engine says where it stands. Engines never print; whoever listens decides what is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.result.verdict import Answer


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an engine stands.

    ``states``: visited so far; ``rate``: states a second; ``depth``: the level that is being
    expanded; ``frontier``: states found and not yet expanded; ``memory``: of the process, in bytes.
    """

    engine: str
    states: int
    rate: float
    depth: int
    frontier: int
    memory: int
    seconds: float


class Progress(Protocol):
    """A listener. Called at most a few times a second, from the engine's own thread; must not raise."""

    def update(self, standing: Standing) -> None: ...


#: Hears answers before all is known. Those with a schedule stay, whatever is found later; they are
#: still to be replayed.
Early: TypeAlias = Callable[[Sequence[Answer]], None]


@dataclass(frozen=True, slots=True)
class Relay:
    """Sends an engine's progress to the parent process."""

    say: Callable[[object], None]

    def update(self, standing: Standing) -> None:
        self.say(standing)
