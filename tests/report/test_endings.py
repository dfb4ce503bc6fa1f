"""What stands below a race."""

from __future__ import annotations

import re
from dataclasses import replace

from modelcheck.checking.causes import key_steps, waits_for_cycle
from modelcheck.report.narrate.operations import operation_text
from modelcheck.report.races.columns import race_in_columns
from modelcheck.report.races.endings import delay_lines, ending, order_lines
from modelcheck.report.races.numbering import Numbering
from modelcheck.result.trace import Trace
from tests.checking.shrink.models import COUNTED, EMBRACE, LEAK, LOOKUP, case
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
    (cleared,) = [step for step in trace.steps if operation_text(step.operation) == "store slot = null"]
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


REUSED = """
object Node pool 1 { n : 0..1 = 0; }
shared head : ref Node = new Node;
process p {
    local old : ref Node = head;
    free(old);
    head = new Node;
    free(old);
}
scenario s { run p; }
obligation twice : double_free;
"""
FREED = """
object Page pool 1 { n : 0..1 = 0; }
shared q : ref Page = new Page;
process p { free(q); q = new Page; free(q); }
count once  : at most 1 free(Page);
scenario s { run p; }
"""
DROPPED = """
object Page pool 1 { n : 0..1 = 0; }
shared q : ref Page = new Page;
callback drop(p: ref Page) -> bool { return true; }
process r { local ok : bool = drop(q); ok = drop(q); }
count dropped : at most 1 drop(_) == true;
scenario s { run r; }
"""


def test_a_reference_to_the_object_before_tells_who_freed_that_one() -> None:
    text = below(trace_of(REUSED, "twice"))
    assert "Node[0]: freed by p at line 6, allocated again by p at line 7, freed again by p at line 8" in text


def test_a_count_of_any_object_of_a_class_tells_which_were_counted() -> None:
    text = below(trace_of(FREED, "once"))
    assert "free Page occurred twice" in text
    assert "free Page[0]: by p at line 4 and by p at line 4" in text


def test_a_count_of_results_tells_the_calls() -> None:
    text = below(trace_of(DROPPED, "dropped"))
    assert "drop(Page[0]) -> true: by r at line 5 and by r at line 5" in text


def test_a_number_that_falls_below_its_range_tells_the_bound_there_is() -> None:
    text = "shared c : atomic = 0; process p { c.dec(); } scenario s { run p; } obligation low : range;"
    assert "`c` would become -1 (dec), below 0;" in below(trace_of(text, "low"))
    bounded = text.replace("atomic", "atomic 0..3")
    assert "`c` would become -1 (dec), outside 0..3;" in below(trace_of(bounded, "low"))


def test_an_object_that_is_freed_or_allocated_is_told_once() -> None:
    lines = race_in_columns(trace_of(FREED, "once"))
    assert "free(q) [Page[0]]; new Page -> Page[0]\n" in lines
    assert "free Page[0]," not in lines


PERMITTED = """
object File pool 1 { count : 0..3 = 0; }
shared f : ref File = new File;
event opened(x: ref File);
event obtained(x: ref File);
process p { local g : ref File = f; emit obtained(g); }
only_if live : obtained(x) only if x != null && x->count > 0;
order opens  : opened(x) before obtained(x);
scenario s { run p; }
"""


def test_what_came_at_the_wrong_time_is_told_as_one_would_say_it() -> None:
    permitted = below(trace_of(PERMITTED, "live"))
    assert "obtained(File[0]) happens although `x->count > 0` is false: x->count is 0" in permitted
    assert "obtained(File[0]) happens without opened(File[0]) before it" in below(trace_of(PERMITTED, "opens"))


def test_steps_of_a_line_that_is_passed_twice_are_told_apart_by_what_they_have_in_common() -> None:
    text = """
    shared a : int = 0; shared b : int = 0; shared seen : bool = false;
    process w { for (i in 1..2) { atomic { a = i; b = i; } } }
    process r { local x : int = b; atomic { if (x == 1 && b == 2) { seen = true; } } }
    invariant never : !seen;
    scenario s { run w, r; }
    """
    told = order_lines(trace_of(text, "never"))
    assert told == [
        "w:3 b = 1 (1st time) < r:4 x = b",
        "r:4 x = b < w:3 b = 2 (2nd time)",
        "w:3 b = 2 (2nd time) < r:4 seen = true",
    ]


def test_without_lines_nothing_says_one() -> None:
    trace = trace_of(LOOKUP, "late_use")
    text = race_in_columns(trace, delays=True, numbering=Numbering(False))
    assert not re.search(r"\bline\b|:\d", text.split("\n\n", 1)[1])
    assert "reader: b = slot < freer: slot = null" in text
    rounds = race_in_columns(use_after_free(), numbering=Numbering(False))
    assert "line" not in rounds.split("\n\n", 1)[1]
