"""What some shapes violate, worked out by hand from ``docs/semantics.md``: interpreter and engine
might both be wrong.
"""

from __future__ import annotations

import pytest

from tests.agreement import Outcome, agree
from tests.shapes import CONTEXTS, NUMBERS, PAIRS, shape

#: Each number given to a parameter that nobody reads (``unused(…);``).
ALONE = {
    "fine": "",
    "local": "",
    "divides": "division_by_zero",
    "divides_local": "division_by_zero",
    "divides_constant": "division_by_zero",
    "remainder": "division_by_zero",
    "too_large": "",
    "too_small": "",
    "index": "index",
    "index_local": "index",
    "index_below": "index",
    "null": "null_deref",
    "null_local": "null_deref",
    "null_hop": "null_deref",
    "stale": "use_after_free",
    "stale_local": "use_after_free",
    "stale_hop": "use_after_free null_deref",  # a free slot yields null
    "unassigned": "unassigned_read",
    "unassigned_shared": "unassigned_read",
    "unassigned_field": "unassigned_read",
    "unassigned_struct": "unassigned_read",
    "none": "option_none",
    "none_local": "option_none",
    "narrow": "range",
    "narrow_local": "range",
    "narrow_divides": "division_by_zero",
    "result": "range",
    "unused": "division_by_zero",
    "by_place_unused": "",  # the place is never accessed
    "by_place_twice": "",
    "atomic_full": "range",
    "refcount_up": "refcount",
    "refcount_down": "refcount",
    "cold": "frozen",
    "counts": "",
    "exchanges": "unassigned_read",
    "exchanges_too_large": "range",
    "exchanges_stale": "use_after_free",
    "exchanges_at": "division_by_zero",
    "compares": "unassigned_read",
    "field_atomic": "use_after_free",
    "slow": "",
    "held": "",
    "endless": "stuck",
    "perhaps": "stuck",
    "bumped": "",
    "bumped_local": "",
    "chooses": "division_by_zero",
    "chooses_local": "unassigned_read",
    "size": "division_by_zero",
    "bits": "unassigned_read",
    "some": "unassigned_read division_by_zero",
    "callback": "unassigned_read",
    "new_null": "unassigned_read leak",
}

#: The local that holds 7 in each context.
SEVEN = {
    "assignment": "range",
    "assignment_local": "range",
    "initial_value": "range",
    "initial_value_unread": "range",
    "inferred": "range",
    "argument": "",
    "argument_small": "range",
    "argument_pure": "range",
    "argument_nested": "range",
    "callback": "range",
    "index_store": "index",
    "index_store_local": "index",
    "index_load": "index",
    "index_load_local": "index",
    "element": "range",
    "element_local": "range",
    "field": "range",
    "struct_field": "range",
    "by_place": "",
    "by_place_local": "",
    "by_place_pure": "",
    "by_place_pure_twice": "index",
    "new": "range",
    "new_small": "range",
    "try_new_small": "range",
    "new_exhausted": "pool_exhausted",
    "try_new_exhausted": "leak",
    "new_atomic": "range",
    "emit": "",
    "assert": "assertion",
    "if": "",
    "while": "",
    "conditional": "",
    "conditional_then": "range",
    "and": "",
    "compound": "range",
    "compound_local": "range",
    "compound_element": "range",
    "compound_index": "index",
    "compound_index_local": "index",
    "compound_field": "range",
    "compound_stale": "use_after_free",  # the dereference comes before the range
    "atomic_add": "range",
    "atomic_set": "range",
    "atomic_assign": "range",
    "refcount_set": "",
    "refcount_assign": "",
    "refcount_sub": "refcount",
    "cold_set": "frozen",
    "cold_unfreeze": "",
    "add_unless": "",
    "xchg": "range",
    "xchg_index": "index",
    "xchg_stale": "use_after_free",
    "cmpxchg": "",
    "cmpxchg_new": "range",
    "try_cmpxchg": "",
    "fetch_or": "",
    "set_union": "",
    "some": "range",
    "negated": "range",
    "cast": "",
    "pick_where": "deadlock stuck",
    "when": "deadlock stuck",
    "when_or": "",
    "when_and": "deadlock stuck",
    "atomic_when": "deadlock stuck",
    "cond_load": "deadlock stuck",
    "store_stale": "use_after_free",
    "store_null": "null_deref",
    "store_index": "index",
    "store_index_local": "index",
    "store_index_divides": "division_by_zero",
    "write_once": "range",
    "for": "",
    "choose": "range",
    "goto": "",
}

#: Pairs of operands, in steps and at once.
BOTH = {
    ("sum", "unassigned", "divides_local"): "unassigned_read division_by_zero",
    ("sum", "divides_local", "unassigned"): "division_by_zero",
    ("arguments", "too_large_local", "unassigned"): "range unassigned_read",
    ("arguments", "too_large_local", "divides_local"): "division_by_zero",
    ("arguments", "narrow_local", "divides_local"): "range",
    ("arguments_pure", "fine", "none_local"): "option_none",
    ("arguments_pure", "fine", "too_large"): "",
    ("place_and_value", "index_local", "divides_local"): "index",
    ("place_and_value", "too_large_local", "divides_local"): "division_by_zero",
    ("local_place_and_value", "unassigned", "too_large_local"): "unassigned_read range",
    ("value_and_place", "too_large_local", "divides_local"): "division_by_zero",
    ("index_and_value", "too_large_local", "divides_local"): "division_by_zero",
    ("index_and_value", "unassigned", "none_local"): "unassigned_read option_none",
    ("index_and_value", "too_large_local", "too_large_local"): "index",
    ("index_and_value_local", "stale_local", "null_local"): "use_after_free null_deref",
    ("index_and_compound", "too_large_local", "divides_local"): "index",
    ("index_and_compound_local", "too_large_local", "divides_local"): "index",
    ("initialisers_small", "too_large_local", "unassigned"): "unassigned_read range",
    ("initialisers_small", "too_large_local", "divides_local"): "division_by_zero",
    ("initialisers_exhausted", "too_large_local", "unassigned"): "unassigned_read leak",
    ("emit", "divides_local", "unassigned"): "division_by_zero",
    ("exchange_at", "too_large_local", "divides_local"): "division_by_zero",
    ("exchange_at", "too_large_local", "too_large_local"): "index",
    ("exchange", "fine", "too_large_local"): "range",  # where x is 0
    ("atomic", "fine", "too_large_local"): "",
    ("and", "too_large_local", "divides_local"): "",
    ("and", "local", "divides_local"): "division_by_zero",
    ("set", "narrow_local", "divides_local"): "range",
    ("callback_then", "unassigned", "too_large_local"): "unassigned_read range",
}


def _violated(context: str, statement: str, operands: str, mode: str) -> set[str]:
    report = agree(shape(context, statement, operands, mode).text, unroll=False)
    assert report.outcome is Outcome.AGREED, report.refusal
    return set(report.violated) - {"inv", "c1", "o1", "m1"}


@pytest.mark.parametrize(("operand", "expected"), ALONE.items(), ids=ALONE.keys())
def test_operand(operand: str, expected: str) -> None:
    statement = CONTEXTS["argument"].format(e=NUMBERS[operand])
    for mode in ("steps",) if operand in ("endless", "perhaps") else ("steps", "atomic"):
        assert _violated("argument", statement, operand, mode) == set(expected.split()), mode


@pytest.mark.parametrize(("context", "expected"), SEVEN.items(), ids=SEVEN.keys())
def test_context(context: str, expected: str) -> None:
    assert _violated(context, CONTEXTS[context].format(e="lseven"), "too_large_local", "steps") == set(expected.split())


@pytest.mark.parametrize("mode", ["steps", "atomic"])
@pytest.mark.parametrize(("names", "expected"), BOTH.items(), ids=["-".join(names) for names in BOTH])
def test_pair(names: tuple[str, str, str], expected: str, mode: str) -> None:
    context, one, other = names
    statement = PAIRS[context].format(e=NUMBERS[one], f=NUMBERS[other])
    assert _violated(context, statement, f"{one},{other}", mode) == set(expected.split())
