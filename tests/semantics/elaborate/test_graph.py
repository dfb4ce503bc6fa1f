"""Lowering: where steps are, what is alive between them."""

from __future__ import annotations

from modelcheck.model.trees import captured_locals
from modelcheck.semantics.elaborate.graphs.graph import Compute, End, Graph
from modelcheck.semantics.elaborate.graphs.liveness import Liveness, analyse, members
from modelcheck.semantics.elaborate.graphs.lower import Lowering
from tests.semantics.elaborate.pairing import model_of


def lowered(text: str) -> tuple[Graph, Liveness]:
    model = model_of(text)
    process = model.processes[0]
    lowering = Lowering({i.name: i for i in model.inlines}, captured_locals(model), process.server)
    graph, provided = lowering.process(process)
    return graph, analyse(graph, provided)


def steps(text: str) -> list[str]:
    """The source text of each step, in order."""
    graph, _ = lowered(text)
    return [graph.nodes[n].span.text for n in sorted(graph.order) if graph.nodes[n].step][:-1]


def alive(text: str) -> list[set[str]]:
    """The names of the locals that are alive before each step, in order."""
    graph, liveness = lowered(text)
    return [
        {graph.locals[i].name for i in members(liveness.live[n])}
        for n in sorted(graph.order)
        if graph.nodes[n].step and not isinstance(graph.nodes[n].operation, End)
    ]


def test_a_plain_assignment_is_a_load_and_a_store() -> None:
    assert steps("shared x : int = 0; process p { x = x + 1; }") == ["x", "x = x + 1;"]


def test_atomic_is_one_step() -> None:
    assert len(steps("shared x : int = 0; process p { atomic { x = x + 1; x = x * x; } }")) == 1


def test_local_code_has_no_step() -> None:
    assert steps("process p { local a : int = 1; a = a + 2; if (a == 3) { a = 0; } }") == []


def test_short_circuit_branches() -> None:
    text = "shared a : bool = false; shared b : bool = false; process p { local c : bool; c = a && b; }"
    graph, _ = lowered(text)
    loads = [n for n in sorted(graph.order) if graph.nodes[n].step and isinstance(graph.nodes[n].operation, Compute)]
    first = graph.nodes[loads[0]]
    # After the first load control may go to the second one or past it.
    branch = graph.nodes[first.next[0]]
    assert len(branch.next) == 2
    assert loads[1] in branch.next


def test_a_call_is_expanded_each_time() -> None:
    text = "shared x : int = 0; inline get() -> int { return x; } process p { local s : int; s = get() + get(); }"
    graph, _ = lowered(text)
    frames = [graph.nodes[n].site.frames for n in graph.order if graph.nodes[n].step]
    assert [len(f) for f in frames].count(1) == 2


def test_labels_know_the_calls_around_them() -> None:
    text = """
    shared x : int = 0;
    inline get() -> int { ld: return x; }
    process p { local s : int; a: s = get(); b: s = get(); x = s; }
    """
    graph, _ = lowered(text)
    found = [(o.label, [f.call_label for f in o.frames]) for o in graph.labels]
    assert ("ld", ["a"]) in found
    assert ("ld", ["b"]) in found


def test_dead_locals_are_not_alive() -> None:
    text = """
    shared x : int = 0;
    process p { local a : int; local b : int; a = x; b = a + 1; x = b; x = 7; }
    """
    assert alive(text) == [set(), {"b"}, set()]


def test_operands_wait_for_later_ones() -> None:
    text = "shared x : int = 0; shared y : int = 0; process p { local s : int; s = x + y; x = s; }"
    assert alive(text) == [set(), {"operand"}, {"s"}]


def test_an_array_is_alive_as_a_whole() -> None:
    text = """
    shared x : 0..1 = 0;
    process p { local a[0..1] : int; a[0] = 1; a[1] = 2; x = 0; x = a[x]; }
    """
    assert alive(text)[0] == {"a"}


def test_entering_a_block_again_forgets_its_locals() -> None:
    text = """
    shared x : int = 0;
    process p { loop { local a : int; x = 1; a = x; x = a; } }
    """
    assert alive(text)[0] == set()


def test_maybe_unassigned_only_where_it_is_read() -> None:
    graph, liveness = lowered(
        "shared x : bool = false; process p { local a : int; local b : int = 1; if (x) { a = 1; } b = a + b; x = b =="
        " 1; }"
    )
    names = {graph.locals[i].name for i in members(liveness.may_be_unassigned)}
    assert names == {"a"}
