"""What the ``expect safe`` lines of a spec say: which assignments are expected to be safe, and
which cells nobody asks for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.ground.records import dataclass
from modelcheck.language import variants
from modelcheck.language.resolve.holes import Hole, constant_of
from modelcheck.language.syntax import ast
from modelcheck.language.variants.lineage import declared
from modelcheck.model import typed
from modelcheck.studies.matrix.expectations import covers, names_exist
from modelcheck.studies.synthesis.model import Surprise
from modelcheck.studies.synthesis.space import Assignment, Space


@dataclass(frozen=True, slots=True)
class _Line:
    """``numbers``: of the holes it names; ``safe``: the values of these holes together."""

    numbers: tuple[int, ...]
    safe: frozenset[Assignment]


@dataclass(frozen=True, slots=True)
class Oracle:
    """Make it with ``read_oracle``."""

    space: Space
    lines: tuple[_Line, ...]
    exceptions: tuple[ast.ExpectEntry, ...]

    def asks_for(self, scenario: str, property_name: str) -> bool:
        """Whether a cell counts."""
        return not any(covers(entry, scenario, property_name) for entry in self.exceptions)

    def surprises(
        self, safe: Sequence[Assignment], possible: Collection[Assignment], *, whole: bool
    ) -> tuple[Surprise, ...]:
        """Compare with the assignments known to be ``safe``, and those ``possible`` at all: the
        undecided among them speak for neither side.

        Unless the ``whole`` question was asked (every scenario and property), it is no surprise
        that more are safe than the spec says.
        """
        found = []
        for line in self.lines:
            are = {self._part(line, assignment) for assignment in safe}
            could = {self._part(line, assignment) for assignment in possible}
            missing, extra = line.safe - could, are - line.safe if whole else frozenset()
            if missing or extra:
                names = tuple(self.space.holes[number].name for number in line.numbers)
                found.append(Surprise(names, self._texts(line, missing), self._texts(line, extra)))
        return tuple(found)

    @staticmethod
    def _part(line: _Line, assignment: Assignment) -> Assignment:
        return tuple(assignment[number] for number in line.numbers)

    def _texts(self, line: _Line, parts: Collection[Assignment]) -> tuple[str, ...]:
        def text(part: Assignment) -> str:
            values = [self.space.value_text(number, v) for number, v in zip(line.numbers, part, strict=True)]
            return values[0] if len(values) == 1 else f"({', '.join(values)})"

        return tuple(sorted(map(text, parts)))


def safe_lines(spec: ast.Spec, variant: str) -> tuple[ast.ExpectSafeDecl, ...]:
    """Return the ``expect safe`` lines that speak about a variant: its own, or for the base those at top level.

    ``spec``: before edits.
    """
    if variant == variants.BASE:
        return tuple(item for item in spec.items if isinstance(item, ast.ExpectSafeDecl))
    declaration = declared(spec).get(variant)
    members = declaration.expects if declaration is not None else ()
    return tuple(member for member in members if isinstance(member, ast.ExpectSafeDecl))


def read_oracle(
    declarations: Sequence[ast.ExpectSafeDecl],
    variant: str,
    edited: ast.Spec,
    space: Space,
    scenarios: Sequence[str],
    properties: Sequence[str],
    closed: Collection[str],
    bag: DiagnosticBag,
) -> Oracle:
    """Read the ``expect safe`` lines of a variant.

    ``edited``: the spec of the variant; ``closed``: unknowns that have a value, lines about which are left out.
    Reports names that match nothing (MC320) and values that do not fit (MC327).
    """
    numbers = {hole.name: number for number, hole in enumerate(space.holes)}
    lines: list[_Line] = []
    exceptions: list[ast.ExpectEntry] = []
    for line in declarations:
        exceptions += [e for e in line.exceptions if names_exist(e, scenarios, properties, bag, variant)]
        if any(name in closed for name in line.unknowns):
            continue
        holes = [space.holes[numbers[name]] for name in line.unknowns]
        rows = [_row(value, holes, edited, bag) for value in line.values]
        safe = frozenset(row for row in rows if row is not None)
        lines.append(_Line(tuple(numbers[name] for name in line.unknowns), safe))
    return Oracle(space, tuple(lines), tuple(exceptions))


def _row(value: ast.Expr, holes: Sequence[Hole], edited: ast.Spec, bag: DiagnosticBag) -> Assignment | None:
    """The values of several holes are written as a tuple, which the parser reads as a set."""
    parts = (value,) if len(holes) == 1 else value.elements if isinstance(value, ast.SetLit) else ()
    if len(parts) != len(holes):
        bag.error("MC327", f"write {len(holes)} values in parentheses: {', '.join(h.name for h in holes)}", value.span)
        return None
    found: list[typed.Value] = []
    for part, hole in zip(parts, holes, strict=True):
        constant = constant_of(edited, part, hole, bag)
        if constant is None:
            return None
        found.append(constant.value)
    return tuple(found)
