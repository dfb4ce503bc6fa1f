"""Threads that run one entry point of the generated code at the same time. ctypes lets go of
Python's lock while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from modelcheck.engines.native.storage.context import Cell, Shared, Status

#: Chunks of work after which the calling thread looks at the clock, and those after which the others would.
_ROUNDS, _MANY_ROUNDS = 256, 1 << 62
#: Fewer items are worked on by one thread.
TOGETHER = 1 << 12


class Crew:
    """``contexts``: one for each thread, the first for the calling thread; ``shared``: their shared
    cells (see ``context``).
    """

    def __init__(self, contexts: Sequence[Any], shared: Any) -> None:
        self._contexts = contexts
        self._shared = shared
        self._pool = ThreadPoolExecutor(len(contexts) - 1) if len(contexts) > 1 else None

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def run(
        self, function: Callable[[int], int], together: bool, tick: Callable[[], bool] = lambda: False
    ) -> frozenset[Status]:
        """Run ``function`` on the first context, or on all of them (``together``), until every thread
        came back for good; return why.

        ``tick`` is called now and then by the calling thread; if it returns true, all come back soon.
        """
        contexts = self._contexts if together else self._contexts[:1]
        self._shared[Shared.STOP] = 0
        others: list[Future[int]] = []
        try:
            if self._pool is not None and together:
                for context in contexts[1:]:
                    context[Cell.ROUNDS] = _MANY_ROUNDS
                    others.append(self._pool.submit(function, context.ctypes.data))
            mine = Status.PAUSED
            while mine is Status.PAUSED:
                contexts[0][Cell.ROUNDS] = _ROUNDS
                mine = Status(function(contexts[0].ctypes.data))
                if tick():
                    self._shared[Shared.STOP] = 1
        except BaseException:
            self._shared[Shared.STOP] = 1
            raise
        finally:
            # Nobody may work on memory that is about to move or to go.
            if others:
                wait(others)
        return frozenset((mine, *(Status(other.result()) for other in others)))
