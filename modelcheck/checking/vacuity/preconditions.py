"""What obligations that users name are about: objects that are made and freed, locks that are taken.

Where nothing of the sort happens, they say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from modelcheck.checking.vacuity.places import Passed, Place
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.model.obligations import OBLIGATIONS, Needs
from modelcheck.model.trees import below


class Doings:
    """What the code that was passed does.

    ``passed``: the places that it was at; ``unpassed``: those of the program that it was not.
    """

    def __init__(self, model: typed.Model, passed: Passed, unpassed: Sequence[Place]) -> None:
        self._unpassed = unpassed
        self._made: set[str] = set()
        self._freed: set[str] = set()
        self._locks: list[str] = []
        code = (
            *(p.body for p in model.processes if p.count != 0),
            *(i.body for i in model.inlines if passed.inside(i.body.span)),
        )
        for node in below(code):
            if isinstance(node, typed.New | typed.Free | typed.LockOp) and self._was(node.span):
                self._note(node)
        # The code before the first step runs in any case.
        for node in below((model.init, *model.shared)):
            if isinstance(node, typed.New | typed.Free | typed.LockOp):
                self._note(node)

    def _note(self, node: typed.New | typed.Free | typed.LockOp) -> None:
        match node:
            case typed.New(object):
                self._made.add(object)
            case typed.Free(_, object):
                self._freed.add(object)
            case typed.LockOp():
                self._locks.append(_lock(node))
            case _:
                assert_never(node)

    def _was(self, span: Span) -> bool:
        """Whether code was there: at no place that nobody ever was at."""
        return not any(
            p.span.source.path == span.source.path and p.span.start <= span.start and span.end <= p.span.end
            for p in self._unpassed
        )

    def missing(self, body: typed.Obligation) -> str | None:
        """What never happens and would have to, so that the obligation says something; empty if it
        does, None if that is not asked of such kinds.
        """
        reasons = [self._missing(key) for key in body.keys]
        if not reasons or any(reason is None for reason in reasons):
            return None
        return reasons[0] if all(reasons) else ""

    def _missing(self, key: typed.ObligationKey) -> str | None:
        if not key.subject:
            return None
        needs = OBLIGATIONS[key.kind].needs
        match needs:
            case None:
                return None
            case Needs.FREED:
                return "" if key.subject in self._freed else f"no `{key.subject}` is ever freed"
            case Needs.ALLOCATED:
                return "" if key.subject in self._made else f"no `{key.subject}` is ever allocated"
            case Needs.TAKEN:
                name = key.subject.rsplit(".", 1)[-1]
                # What a parameter stands for is not looked up: then any lock may be meant.
                return (
                    "" if any(not text or name in text for text in self._locks) else f"`{key.subject}` is never taken"
                )
            case _:
                assert_never(needs)


def _lock(operation: typed.LockOp) -> str:
    """The text that names the lock; empty if a parameter does."""
    return "" if isinstance(operation.place.root, typed.RefParamRoot) else operation.span.text
