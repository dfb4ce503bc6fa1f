"""The values that the key of a ``may`` property can have."""

from __future__ import annotations

from typing import assert_never

from modelcheck.model import typed
from modelcheck.semantics.elaborate.execution.values import element_codes
from modelcheck.semantics.elaborate.properties.monitors import Key, key_name
from modelcheck.semantics.elaborate.variables.layout import Layout


def may_keys(layout: Layout, may: typed.May) -> list[tuple[Key, str]]:
    """The values of the key of a ``may`` property, each with what it is called."""
    if may.key is None:
        return [((), "")]
    match may.domain:
        case typed.PoolDomain(object):
            pool = layout.objects[object].pool
            return [((s,), f"[{object}[{s}]]") for s in range(pool)]
        case typed.RangeDomain(low, high):
            return [((i,), f"[{i}]") for i in range(low, high + 1)]
        case typed.EnumDomain() | typed.BoolDomain() | typed.ProcDomain() | typed.SetDomain() | None:
            type = may.key.type
            if isinstance(type, typed.RefType):
                codes = range(1, 1 + type.pool)
                return [((c - 1,), f"[{key_name(type, c - 1)}]") for c in codes]
            return [((c,), f"[{key_name(type, c)}]") for c in element_codes(type)]
        case _:
            assert_never(may.domain)
