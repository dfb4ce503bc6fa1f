"""Seeded choices."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

#: A producer and its weight among the others.
Weighted = tuple[float, Callable[[], T]]


def always(text: str) -> Callable[[], str]:
    """Return the producer of one text."""
    return lambda: text


class Draw:
    """The only source of chance of one model; the same seed makes the same choices."""

    def __init__(self, seed: object) -> None:
        self.random = random.Random(f"language {seed}")
        self._numbers: dict[str, int] = {}

    def chance(self, probability: float) -> bool:
        """Return true with this probability."""
        return self.random.random() < probability

    def one(self, *choices: T) -> T:
        """Return one of the arguments."""
        return self.random.choice(choices)

    def of(self, choices: Sequence[T]) -> T:
        """Return one element."""
        return self.random.choice(choices)

    def some(self, choices: Sequence[T], most: int) -> list[T]:
        """Return up to ``most`` distinct elements, in their order."""
        chosen = set(self.random.sample(range(len(choices)), min(len(choices), self.random.randint(0, most))))
        return [choice for index, choice in enumerate(choices) if index in chosen]

    def below(self, bound: int) -> int:
        """Return a number from 0 to ``bound`` - 1."""
        return self.random.randrange(bound)

    def between(self, low: int, high: int) -> int:
        """Return a number from ``low`` to ``high``."""
        return self.random.randint(low, high)

    def weighted(self, options: Sequence[Weighted[T]]) -> T:
        """Run one of the producers, drawn by weight; the others do not run."""
        producers = [producer for _, producer in options]
        (chosen,) = self.random.choices(producers, [weight for weight, _ in options])
        return chosen()

    def fresh(self, prefix: str) -> str:
        """Return a name that no other has: the prefix and a number."""
        number = self._numbers.get(prefix, 0)
        self._numbers[prefix] = number + 1
        return f"{prefix}{number}"
