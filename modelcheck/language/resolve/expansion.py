"""What the kernel has and the language behind resolution has not: written out before anything is resolved."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.language.resolve.contexts import with_contexts
from modelcheck.language.resolve.items import with_items
from modelcheck.language.resolve.rcu import with_rcu
from modelcheck.language.resolve.waiting import with_waiting
from modelcheck.language.syntax import ast


def expanded(spec: ast.Spec, bag: DiagnosticBag) -> ast.Spec:
    """Return ``spec`` with timers and work, handlers, wait queues and RCU written out; the same one if it has
    none of them. ``bag`` gets what is wrong with them.
    """
    spec = with_items(spec, bag)
    spec = replace(spec, items=with_contexts(spec.items, bag))
    return with_rcu(with_waiting(spec, bag), bag)
