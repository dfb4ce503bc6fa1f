"""Labels as properties name them: which expansions of a statement are meant, and which locations are at them."""

from __future__ import annotations

from modelcheck.model import typed
from modelcheck.semantics.elaborate.graphs.graph import first_steps
from modelcheck.semantics.elaborate.variables.layout import ClassLayout, Layout


class LabelSets:
    """Looks labels up in the graphs of all process classes."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._found: dict[tuple[object, ...], tuple[frozenset[int], ...]] = {}

    def occurrences(self, label: typed.LabelRef) -> tuple[frozenset[int], ...]:
        """For each process class the occurrences of the label. Nobody is at or after one inside an atomic block."""
        key = (label.process, label.path, label.inline, label.label)
        found = self._found.get(key)
        if found is None:
            found = tuple(
                frozenset(o.id for o in c.graph.labels if not o.atomic and _is_meant(label, c, o.id))
                for c in self._layout.classes
            )
            self._found[key] = found
        return found

    def locations(self, label: typed.LabelRef, class_index: int) -> tuple[int, ...]:
        """The locations of a process class that are at the label."""
        c = self._layout.classes[class_index]
        steps: set[int] = set()
        for occurrence in self.occurrences(label)[class_index]:
            steps |= first_steps(c.graph, c.graph.labels[occurrence].entry)
        return tuple(number for key, number in c.locations.items() if key.node in steps)


def _is_meant(label: typed.LabelRef, layout: ClassLayout, occurrence_id: int) -> bool:
    occurrence = layout.graph.labels[occurrence_id]
    if occurrence.label != label.label or occurrence.inline != label.inline:
        return False
    if label.process is not None and layout.process.name != label.process:
        return False
    names: list[str] = []
    for frame in occurrence.frames:
        if frame.call_label is not None:
            names.append(frame.call_label)
        names.append(frame.inline)
    remaining = iter(names)
    return all(wanted in remaining for wanted in label.path)
