"""Pictures of races: what people paste into changelogs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.report.races.columns import race_in_columns
from modelcheck.report.races.full import full_trace
from modelcheck.result.details import ConditionHolds
from modelcheck.result.trace import Finding, HeldLock, Trace, TraceStep
from tests.report.example_traces import at_line, place, step, use_after_free

PICTURE = """\
no_use_after_free is violated in 8 steps:
  variant v3_one_site, scenario reclaim_only, page.mc

line  reader[0]             reclaim
      ---------             -------
  12  p = find_get_page(m):
  20    load: p = m->slot [Page[0]]
  22    get: p->count.inc_not_zero() -> true [Page[0].count: 2 -> 3]
  23    chk: m->slot == Page[0]
  80                        try: trylock(p->lock) -> true
  82                        remove_mapping(m, p):
  95                          del [* removed(Page[0], by_reclaim),
                                  Inode[0].slot: Page[0] -> null,
                                  Page[0].mapping: Inode[0] -> null]
  50  use_names(p):
  70    ld: n = p->names [Names[0]]
  84                        clear_array(p):
  60                          fr: free(n) [Names[0]]
  71    touch(n) [Names[0] (stale)]
        !! use after free: Names[0]

Violated at line 71: `n` is read through a stale reference: Names[0] was
    freed
  Names[0]: allocated at the start, freed by reclaim at line 60, used by
      reader[0] at line 71
  reclaim holds Page[0].lock, taken at line 80
  The order that matters:
    reader[0]:23 m->slot == Page[0] < reclaim:95 Inode[0].slot = null
    reclaim:60 free(n) < reader[0]:71 touch(n)
"""


def with_operation(operation: str, *changes: tuple[str, str, str]) -> str:
    """The line that a lone step with this operation gets."""
    trace = use_after_free()
    only = step(1, "reader[0]", "reader::line 20", operation, 20, changes)
    lines = race_in_columns(replace(trace, steps=(only,), held=(), orders=()), steps=True).splitlines()
    return lines[5].split("20", 1)[1].strip()


def test_the_picture() -> None:
    assert race_in_columns(use_after_free()) == PICTURE


def test_every_step_if_asked_for() -> None:
    trace = use_after_free()
    assert race_in_columns(trace, steps=True) == PICTURE, "there is room for all of them"
    steps = tuple(step(n, "reader[0]", "reader::line 20", f"load x{n} -> {n}", 20 + n) for n in range(1, 100))
    many: Trace = replace(trace, steps=steps, orders=())
    assert "left out" not in race_in_columns(many, steps=True)
    assert all(f"x{n} == {n}" in race_in_columns(many, steps=True) for n in range(1, 100))


@pytest.mark.parametrize("width", [60, 75, 100, 120])
def test_no_line_is_wider_than_asked_for(width: int) -> None:
    lines = race_in_columns(use_after_free(), width).splitlines()
    assert max(len(line) for line in lines) <= width
    assert not any(line != line.rstrip() for line in lines)


@pytest.mark.parametrize(
    ("operation", "changes", "line"),
    [
        ("load m->slot -> Page[0]", (), "p = m->slot [Page[0]]"),
        ("load other -> 3", (), "other == 3"),
        ("store m->slot = null", (("Inode[0].slot", "Page[0]", "null"),), "m->slot = null [was Page[0]]"),
        ("store x = 3", (), "x = 3 [was 3]"),
        ("store x = 3", (("x", "2", "3"), ("y", "0", "1")), "x = 3 [was 2, y: 0 -> 1]"),
        ("lock m->tree_lock", (("Inode[0].tree_lock", "unlocked", "locked by reclaim"),), "lock(m->tree_lock)"),
        ("read lock sem", (), "read_lock(sem)"),
        ("trylock p->lock -> false", (), "trylock(p->lock) -> false"),
        ("free n (Names[0])", (("Names[0]", "allocated", "free"), ("n", "Names[0]", "Names[0] (stale)")), "free(n) [Names[0]]"),
        ("new Page -> Page[1]", (("Page[1]", "free", "allocated"), ("Page[1].count", "", "1")), "new Page -> Page[1]"),
        ("touch n (Names[0] (stale))", (), "touch(n) [Names[0] (stale)]"),
        ("p->count.dec_and_test() -> true", (("Page[0].count", "1", "0"),), "p->count.dec_and_test() -> true [Page[0].count: 1 -> 0]"),
        ("choose: branch 1", (), "choose: branch 1"),
        ("emit removed(Page[0])", (), "emit removed(Page[0])"),
    ],
)  # fmt: skip
def test_steps_read_like_c(operation: str, changes: tuple[tuple[str, str, str], ...], line: str) -> None:
    assert with_operation(operation, *changes) == line


def test_a_declaration_assigns_the_local_that_it_declares() -> None:
    loaded = step(1, "reader[0]", "reader::a", "load m->other -> Page[0]", 25)
    trace: Trace = replace(use_after_free(), steps=(loaded, *use_after_free().steps[1:]))
    assert "q = m->other [Page[0]]" in race_in_columns(trace, steps=True)


def test_steps_that_nobody_interrupts_share_a_line_if_they_fit() -> None:
    trace = use_after_free()
    steps = tuple(step(n, "reader[0]", "reader::line 20", f"load x{n} -> {n}", 20 + n) for n in range(1, 9))
    lines = race_in_columns(replace(trace, steps=steps, orders=()), steps=True).splitlines()
    assert "  21  x1 == 1; x2 == 2; x3 == 3; x4 == 4; x5 == 5; x6 == 6; x7 == 7" in lines
    assert "  28  x8 == 8" in lines


def test_a_last_step_that_changes_nothing_is_told() -> None:
    loaded = step(1, "reader[0]", "reader::a", "load x -> 3", 20)
    text = race_in_columns(replace(use_after_free(), steps=(loaded,), held=(), orders=()))
    assert "  20  a: x == 3\n" in text, "where a thread is now may be what is wrong"


def test_a_store_of_what_is_there_already_is_told() -> None:
    trace = use_after_free()
    first = step(1, "reclaim", "reclaim::line 20", "store x = 3", 20, (("x", "2", "3"),))
    second = step(2, "reader[0]", "reader::line 21", "store x = 3", 21)
    race = race_in_columns(replace(trace, steps=(first, second, *trace.steps[2:]), orders=()))
    assert "  21  x = 3 [was 3]" in race, "that may be the lost update"


def test_a_violation_without_steps_shows_the_initial_state() -> None:
    trace = replace(use_after_free(), steps=(), held=(), ends=(), orders=())
    text = race_in_columns(trace)
    assert text.startswith("no_use_after_free is violated in the initial state:\n")
    assert "  Page[0].count = 2\n" in text


def test_a_fault_ends_the_picture_and_locks_say_where_they_were_taken() -> None:
    trace = use_after_free()
    faulting = replace(trace.steps[-1], faulted=True)
    held = (HeldLock("reader[0]", place("i_rwsem"), "read", 1), HeldLock("reclaim", place("Page[0].lock"), "", 4))
    text = race_in_columns(replace(trace, steps=(*trace.steps[:-1], faulting), held=held))
    assert "freed; the run ends here\n" in " ".join(text.split("\n    "))
    assert "  reader[0] holds for reading i_rwsem, taken at line 20\n" in text


def test_a_witness_is_not_called_a_violation() -> None:
    finding = Finding(5, None, ConditionHolds("at(reader::use)"), at_line(9))
    last = replace(use_after_free().steps[-1], findings=(finding,))
    trace = replace(
        use_after_free(),
        kind="cover",
        property_name="in_use",
        finding=finding,
        steps=(*use_after_free().steps[:-1], last),
    )
    text = race_in_columns(trace)
    assert text.startswith("in_use is reached in 8 steps:")
    assert "=> in_use" in text
    assert "Reached: `at(reader::use)` holds" in text
    assert "iolated" not in text


def test_many_threads_with_long_names_keep_their_columns() -> None:
    names = [f"invalidate_mapping_pages[{n}]" for n in range(5)]
    steps = tuple(
        step(n + 1, name, "p::a", "x.inc()", 10 * (n + 1), (("x", str(n), str(n + 1)),)) for n, name in enumerate(names)
    )
    trace: Trace = replace(use_after_free(), processes=tuple(names), steps=steps, ends=(), held=(), orders=())
    lines = race_in_columns(trace).splitlines()
    assert max(len(line) for line in lines) <= 75
    for name in names:
        assert any(name in line for line in lines)
    offsets = [line.index("a: x.inc()") for line in lines if "x.inc()" in line]
    assert offsets == sorted(set(offsets))


def test_a_loop_that_turns_often_is_told_once_with_its_count() -> None:
    steps = tuple(step(n + 1, "p", "p::a", f"n = {n + 1}", 10, (("n", str(n), str(n + 1)),)) for n in range(500))
    trace: Trace = replace(use_after_free(), processes=("p",), steps=steps, ends=(), held=(), orders=())
    body = race_in_columns(trace).split("\n\n")[1].splitlines()
    assert body[2:] == [
        "  10  a: n = 1 [n: 0 -> 1]",
        "      ... and so on (line 10), 499 times round [n: 1 -> 499]",
        "  10  n = 500 [n: 499 -> 500]",
    ]


def test_rounds_of_several_threads_are_told_once() -> None:
    def one_round(n: int) -> list[TraceStep]:
        return [
            step(2 * n + 1, "ping", "ping::a", f"store x = {n}", 10, (("x", str(n - 1), str(n)),)),
            step(2 * n + 2, "pong", "pong::b", f"store y = {n}", 12, (("y", str(n - 1), str(n)),), instance=1),
        ]

    steps = tuple(s for n in range(100) for s in one_round(n))
    trace: Trace = replace(use_after_free(), processes=("ping", "pong"), steps=steps, ends=(), held=(), orders=())
    text = " ".join(race_in_columns(trace).split())
    assert "... and so on (lines 10 to 12), 99 times round [x: 0 -> 98, y: 0 -> 98]" in text
    assert "left out" not in text
    assert "x = 99 [was 98]" in text


def test_only_ascii_goes_into_changelogs() -> None:
    trace = replace(use_after_free(), scenario="reclaim → only")
    assert race_in_columns(trace).isascii()


def test_the_full_trace_has_everything() -> None:
    text = full_trace(use_after_free())
    for piece in (
        "Page[0].count = 2",
        "step 5: reclaim at reclaim::remove_mapping/del, page.mc:95",
        "in remove_mapping() called at page.mc:82",
        "| line 20; p = m->slot;",
        "Inode[0].slot: Page[0] -> null",
        "* removed(Page[0], by_reclaim)",
        "!! `n` is read through a stale reference: Names[0] was freed",
        "reclaim holds Page[0].lock, taken at line 80",
        "reader[1] waits at line 40 (lck) for Page[0].lock, held by reclaim",
        "    reclaim:60 free(n) < reader[0]:71 touch(n)",
    ):
        assert piece in text
