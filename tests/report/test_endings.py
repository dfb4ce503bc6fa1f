"""What stands below a race."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.evidence.causes import key_steps, waits_for_cycle
from modelcheck.evidence.trace import Trace
from modelcheck.report.endings import delay_lines, ending, order_lines
from tests.evidence.shrink.models import COUNTED, EMBRACE, LEAK, LOOKUP, case
from tests.report.example_traces import use_after_free


def trace_of(text: str, property_name: str) -> Trace:
    found = case(text, property_name)
    shrunk = found.shrunk()
    return replace(found.replayed(shrunk), orders=shrunk.numbered())


def below(trace: Trace) -> str:
    """The lines below a race as one line."""
    return " ".join(" ".join(ending(trace, 75)).split())


def test_a_use_after_free_tells_the_life_of_the_object() -> None:
    text = below(trace_of(LOOKUP, "late_use"))
    assert "Buffer[0]: allocated at the start, freed by freer at line 21, used by reader at line 12" in text
    assert (
        "The order that matters: reader:10 b = slot < freer:20 slot = null freer:21 free(b) < reader:12 touch(b)"
        in text
    )


def test_a_leak_tells_when_the_object_was_out_of_reach() -> None:
    trace = trace_of(LEAK, "lost")
    (cleared,) = [step for step in trace.steps if step.operation == "store slot = null"]
    assert trace.lost == cleared.number
    assert key_steps(trace) == (cleared.number,)
    assert f"out of reach since line {cleared.span.line} of taker" in below(trace)
    assert "No order between the threads matters." in below(trace)


def test_a_deadlock_tells_who_waits_for_whom() -> None:
    trace = trace_of(EMBRACE, "deadlock")
    assert [end.process for end in waits_for_cycle(trace)] == ["first", "second"]
    text = below(trace)
    assert "first waits at line 5 for b, held by second" in text
    assert "each waits for the next one: first -> second -> first" in text
    assert set(key_steps(trace)) == {1, 2}


def test_a_count_tells_what_came_twice_or_never() -> None:
    twice = below(trace_of(COUNTED.replace("KIND", "small"), "once"))
    assert "answered(small) occurred" in twice
    assert "answered(small): by server_" in twice
    never = trace_of(COUNTED.replace("KIND", "large").replace("emit answered(small);", ";"), "once")
    assert "asked(large): by client at line 7 answered(large): never" in below(never)


def test_an_order_is_told_by_threads_lines_and_operations() -> None:
    assert order_lines(use_after_free()) == [
        "reader[0]:23 m->slot == Page[0] < reclaim:95 Inode[0].slot = null",
        "reclaim:60 free(n) < reader[0]:71 touch(n)",
    ]


def test_a_delay_belongs_before_the_later_step() -> None:
    assert delay_lines(use_after_free()) == [
        "reclaim, before line 95 (Inode[0].slot = null): until reader[0] has passed line 23 (m->slot == Page[0])",
        "reader[0], before line 71 (touch(n)): until reclaim has passed line 60 (free(n))",
    ]


def test_nothing_is_said_of_orders_that_nobody_looked_for() -> None:
    text = below(replace(use_after_free(), orders=None))
    assert "No order" not in text
    assert "reclaim:60 free(n) < reader[0]:71 touch(n)" in text, "that the use comes after the free is known"
