"""The native engine against the plain one: same counts, verdicts, lengths and coverage; schedules
may differ but must be right.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.engines import explicit, native
from modelcheck.engines.explicit import Exploration, Stop
from modelcheck.engines.native import paths, search, stuck, thread_pool
from modelcheck.engines.native.code import walk
from modelcheck.engines.native.code.machine_code import MachineCode, compile_module
from modelcheck.engines.native.storage import storage
from modelcheck.ground.memory import memory_in_use
from modelcheck.ground.store import Store
from modelcheck.ir.passes.symmetry import Symmetry
from modelcheck.ir.system import Form, System
from modelcheck.ir.terms import INT, BvSort
from modelcheck.language import pipeline
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.elaborate import elaborate
from tests.engines.systems import Builder, RandomSystem, counters, peterson
from tests.engines.test_explicit import check_schedule

NO_LIMIT = Budget()


def summary(found: Exploration) -> tuple[object, ...]:
    answers = [(a.verdict, a.length, a.depth, a.reason) for a in found.answers]
    return (
        found.states,
        found.transitions,
        found.depth,
        found.stopped,
        answers,
        found.fired,
        found.occurred,
        found.drained_reachable,
        found.faults,
        found.deadlock_reachable,
        found.deadlocked,
    )


def agree(system: System, level: int = 0) -> Exploration:
    plain = explicit.explore(system, NO_LIMIT)
    fast = native.explore(system, NO_LIMIT, level=level)
    assert summary(fast) == summary(plain)
    for answer in fast.answers:
        if answer.length is not None:
            check_schedule(system, answer)
    return fast


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_peterson(broken: bool, level: int) -> None:
    agree(peterson(broken), level)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_random_systems(seed: int) -> None:
    agree(RandomSystem(seed).make())


def test_grows_beyond_its_first_arrays() -> None:
    assert agree(counters(3, 59)).states == 60**3


def test_states_of_several_words() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    chain = [b.variable(f"x{i}", BvSort(31), i, None, None) for i in range(5)]
    for number, variable in enumerate(chain):
        guard = t.lt(variable, t.bitvector(number + 5, 31))
        b.step(0, 0, 0, guard, {variable: t.add(variable, t.bitvector(1, 31))}, choices=(number,))
    b.add_property("low", Form.STATE, t.eq(chain[4], t.bitvector(8, 31)))
    assert agree(b.system()).states == 6**5


def test_unbounded_counter_widens_its_field() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    x = b.variable("x", INT, 0, None, None)
    b.step(0, 0, 0, t.lt(t.integer(-1000), x), {x: t.sub(x, t.integer(1))})
    b.step(0, 0, 1, t.eq(x, t.integer(-1000)))
    low = b.add_property("low", Form.STATE, t.eq(x, t.integer(-1000)))
    found = agree(b.system())
    assert found.states == 1002
    assert found.answers[low].length == 1000


def test_time_for_runs_is_not_set_aside_for_earlier_attempts() -> None:
    """As after 100 s with narrower fields: only the states of this attempt have to be gone through again."""
    broken = peterson(broken=True)
    earlier = time.perf_counter() - 100
    attempt = search.Search(broken, Symmetry(), {}, Budget(seconds=120), None, None, earlier, 0, 1)
    try:
        assert attempt.run() is None
        assert attempt.complete
    finally:
        attempt.close()
    assert Verdict.VIOLATED in {answer.verdict for answer in attempt.result().answers}


def test_a_value_that_needs_more_than_64_bits_is_refused() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    x = b.variable("x", INT, 0, 0, 1 << 40)
    b.step(0, 0, 1, t.true, {x: t.integer(1 << 39)})
    with pytest.raises(native.Unsupported):
        native.explore(b.system(), NO_LIMIT)


def test_a_product_beyond_64_bits_is_refused() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    x = b.variable("x", INT, 3, 0, (1 << 30) - 1)
    b.step(0, 0, 1, t.lt(t.mul(t.mul(x, x), x), t.integer(100)))
    with pytest.raises(native.Unsupported):
        native.explore(b.system(), NO_LIMIT)


def test_limit_of_states_gives_bounded_answers() -> None:
    found = native.explore(counters(3, 200), Budget(states=500_000))
    assert found.stopped is Stop.STATES
    assert all(answer.verdict.value in ("bounded", "unknown") for answer in found.answers)


def test_memory_limit() -> None:
    # What the tests before this one have loaded is in use already.
    found = native.explore(counters(4, 100), Budget(memory=memory_in_use() + 150_000_000))
    assert found.stopped is Stop.MEMORY
    assert found.depth > 10


def test_long_ways_out_are_found_in_both_directions() -> None:
    """Drained only at the far end of two chains that lead up and down the numbering; a loop in
    between is no dead end.
    """
    b = Builder()
    t = b.terms
    b.process("p", 4, {3})
    x = b.variable("x", INT, 5, 0, 40)
    one = t.integer(1)
    b.step(0, 0, 0, t.lt(x, t.integer(40)), {x: t.add(x, one)}, choices=(0,))
    b.step(0, 0, 0, t.lt(t.integer(0), x), {x: t.sub(x, one)}, choices=(1,))
    b.step(0, 0, 1, t.eq(x, t.integer(0)), choices=(2,))
    b.step(0, 1, 1, t.lt(x, t.integer(40)), {x: t.add(x, one)})
    b.step(0, 1, 3, t.eq(x, t.integer(40)))
    b.step(0, 0, 2, t.eq(x, t.integer(7)), choices=(3,))
    b.step(0, 2, 2, t.true, {x: t.sub(t.integer(14), x)})
    stuck = b.add_property("stuck", Form.STUCK)
    found = agree(b.system())
    # Location 2 loops for ever: the way into it from x = 7 is 2 + 1 steps long.
    assert found.answers[stuck].length == 3


def test_levels_are_numbered_alike_whatever_the_batches() -> None:
    system = counters(3, 30)
    assert native.explore(system, NO_LIMIT).levels == explicit.explore(system, NO_LIMIT).levels


def test_a_long_search_is_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    levels: list[int] = []

    def compiled(assembly: str, level: int, store: Store | None) -> MachineCode:
        levels.append(level)
        return compile_module(assembly, level, store)

    monkeypatch.setattr(search, "compile_module", compiled)
    assert native.explore(counters(2, 139), NO_LIMIT).states == 140**2 < search.LONG_AT_LEAST
    assert levels == [search.QUICK_LEVEL]
    assert native.explore(counters(3, 139), NO_LIMIT).states == 140**3
    assert levels[1:] == [search.QUICK_LEVEL, search.LONG_LEVEL]


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads meet as often as they can: levels of one state are shared, chunks are tiny, tables begin small."""
    for module in (search, paths, stuck):
        monkeypatch.setattr(module, "TOGETHER", 1)
    monkeypatch.setattr(walk, "WORK_CHUNK", 2)
    monkeypatch.setattr(thread_pool, "_ROUNDS", 3)
    monkeypatch.setattr(storage, "RANGE", 1)
    monkeypatch.setattr(storage, "FIRST_SLOTS", 1 << 9)


def everything(found: Exploration) -> tuple[object, ...]:
    return (*summary(found), found.levels, [answer.schedule for answer in found.answers])


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("seed", range(25))
def test_any_number_of_threads_gives_the_same_results_and_traces(seed: int) -> None:
    system = RandomSystem(seed).make()
    alone = native.explore(system, NO_LIMIT)
    assert summary(alone) == summary(explicit.explore(system, NO_LIMIT))
    for threads in (2, 2, 3):
        assert everything(native.explore(system, Budget(threads=threads))) == everything(alone)


def wide_counters() -> System:
    """States of three words; counters that go up together, a goal in each corner, and a trap."""
    b = Builder()
    t = b.terms
    b.process("p", 3, {1})
    counters = [b.variable(f"x{i}", BvSort(31), 0, None, None) for i in range(4)]
    for number, counter in enumerate(counters):
        guard = t.lt(counter, t.bitvector(13, 31))
        b.step(0, 0, 0, guard, {counter: t.add(counter, t.bitvector(1, 31))}, choices=(number,))
        b.add_property(f"high{number}", Form.STATE, t.eq(counter, t.bitvector(12, 31)))
    b.step(0, 0, 1, t.eq(counters[0], counters[1]), choices=(4,))
    b.step(0, 0, 2, t.eq(counters[2], t.bitvector(9, 31)), choices=(5,))
    b.step(0, 2, 2, t.true, {counters[3]: t.bitvector(0, 31)})
    b.add_property("stuck", Form.STUCK)
    return b.system()


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("chunk", [20])
def test_threads_share_a_growing_table_of_wide_states(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(walk, "WORK_CHUNK", chunk)
    system = wide_counters()
    alone = native.explore(system, NO_LIMIT)
    assert alone.states == 43_904
    assert summary(alone) == summary(explicit.explore(system, NO_LIMIT))
    for _ in range(2):
        assert everything(native.explore(system, Budget(threads=2))) == everything(alone)


_CRAMPED = """\
import resource
from pathlib import Path
from modelcheck.engines import native
from modelcheck.ground.memory import memory_in_use
from modelcheck.result.budget import Budget
from tests.engines.systems import counters
native.explore(counters(2, 20), Budget())
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (400 << 20), resource.RLIM_INFINITY))
found = native.explore(counters(4, 120), Budget(threads=2))
print(found.stopped, found.depth, {answer.verdict.value for answer in found.answers})
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the address space")
def test_where_the_system_has_no_more_memory_the_answer_is_bounded() -> None:
    ran = subprocess.run([sys.executable, "-c", _CRAMPED], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    stopped, depth, *verdicts = ran.stdout.split(maxsplit=2)
    assert stopped == "Stop.MEMORY"
    assert int(depth) > 100
    assert "bounded" in verdicts[0]
    assert "holds" not in verdicts[0]


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("symmetry", [False, True])
def test_threads_explore_a_spec_alike(monkeypatch: pytest.MonkeyPatch, symmetry: bool) -> None:
    monkeypatch.setattr(walk, "WORK_CHUNK", 30)
    spec = Path(__file__).parents[2] / "bench" / "page_readers.mc"
    system = elaborate(pipeline.Loaded(pipeline.load(str(spec))).edited().resolved("readers_2").model)
    alone = native.explore(system, NO_LIMIT, symmetry=symmetry)
    assert alone.states == explicit.explore(system, NO_LIMIT).states
    for _ in range(2):
        assert everything(native.explore(system, Budget(threads=2), symmetry=symmetry)) == everything(alone)


def test_states_of_one_word_take_at_most_24_bytes() -> None:
    for high in (46, 49, 52, 58):
        found = native.explore(counters(3, high), NO_LIMIT)
        assert found.bytes_each is not None
        assert 13 < found.bytes_each <= 24
