"""Sets of assignments in few words."""

from __future__ import annotations

import random
from itertools import product

from modelcheck.ground.source import NOWHERE
from modelcheck.language.resolve.holes import Hole
from modelcheck.model import typed
from modelcheck.studies.synthesis.space import Space

PATH = typed.EnumType("Path", ("reclaim", "truncate", "invalidate"))
COUNT = Hole("COUNT", typed.RangeType(1, 5), NOWHERE)
FREEZE = Hole("FREEZE", typed.BoolType(), NOWHERE)
SITES = Hole("SITES", typed.SetType(PATH), NOWHERE)
SPACE = Space((COUNT, FREEZE))


def words(space: Space, members: set[tuple[typed.Value, ...]]) -> list[str]:
    return [space.box_text(box) for box in space.boxes(members)]


def test_values_come_in_order() -> None:
    assert list(COUNT.values()) == [1, 2, 3, 4, 5]
    assert [type(value) for value in FREEZE.values()] == [bool, bool]
    assert SITES.size == 8
    texts = [Space((SITES,)).text((value,)) for value in SITES.values()]
    assert texts[:4] == ["SITES = {}", "SITES = {reclaim}", "SITES = {truncate}", "SITES = {invalidate}"]
    assert texts[-1] == "SITES = {reclaim, truncate, invalidate}"


def test_the_last_hole_changes_fastest() -> None:
    assert SPACE.assignments()[:3] == ((1, False), (1, True), (2, False))
    assert len(SPACE.assignments()) == SPACE.size == 10


def test_boxes_say_what_is_common() -> None:
    everything = set(SPACE.assignments())
    assert words(SPACE, everything) == ["any value"]
    assert words(SPACE, {(3, True)}) == ["COUNT = 3, FREEZE = true"]
    assert words(SPACE, everything - {(3, True)}) == ["COUNT = 1 or 2 or 4 or 5", "FREEZE = false"]
    assert words(SPACE, {(n, f) for n in (2, 3, 4) for f in (False, True)}) == ["COUNT = 2..4"]


def test_boxes_cover_a_set_and_nothing_else() -> None:
    chooser = random.Random(3)
    space = Space((COUNT, FREEZE, Hole("SITE", PATH, NOWHERE)))
    for _ in range(200):
        members = {a for a in space.assignments() if chooser.random() < 0.5}
        covered = set()
        for box in space.boxes(members):
            assert box.assignments() == set(product(*box.choices))
            covered |= box.assignments()
        assert covered == members
