"""What an operator is, and what it makes."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.unparse import unparse_expression
from modelcheck.language.variants.bodies import peel
from modelcheck.studies.mutate.roles import Roles, locals_of
from modelcheck.studies.mutate.tree import CODE, Listed, Splice, lists_of


@dataclass(frozen=True, slots=True)
class Operator:
    """``family``: operators that are told together; ``description``: what it does to code;
    ``bug``: the mistake of a kernel patch that it stands for.
    """

    name: str
    family: str
    description: str
    bug: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One mutant, not yet numbered.

    ``place``: the statement that it is about; ``says``: what the code does then, as half a sentence
    that begins with a verb (``forgets to unlock tree_lock``); ``tag``: words for the name, where
    the statement has no label.
    """

    operator: str
    owner: str
    place: Span
    label: str
    says: str
    tag: str
    splices: tuple[Splice, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """A process, inline or callback, as operators look at it. ``local``: the names that are its own."""

    owner: CODE
    lists: tuple[Listed, ...]
    local: frozenset[str]
    roles: Roles

    def elements(self) -> Iterator[tuple[Listed, int, ast.Stmt]]:
        """Every element of every list: the list, its index there, and the statement without its labels."""
        for listed in self.lists:
            for index, element in enumerate(listed.statements):
                yield listed, index, peel(element).statement

    def draft(
        self, operator: str, listed: Listed, first: int, end: int, new: tuple[ast.Stmt, ...], says: str, tag: str = ""
    ) -> Draft:
        """Return a mutant in which the elements of a list from ``first`` to ``end`` give way to ``new``."""
        element = listed.statements[first]
        labels = peel(element).labels
        name = labels[-1] if labels else ""
        splice = Splice(self.owner.name, listed.number, first, end, new)
        return Draft(operator, self.owner.name, peel(element).statement.span, name, says, tag, (splice,))

    def leaves(self, listed: Listed, index: int) -> bool:
        """Whether control leaves the list soon after an element, by a jump: an error path ends so."""
        rest = listed.statements[index + 1 :]
        kinds = [peel(element).statement for element in rest]
        jumps = [isinstance(kind, ast.Goto | ast.Return | ast.Continue | ast.Break) for kind in kinds]
        return listed.above is not None and any(jumps) and jumps.index(True) <= 2


def bodies(items: tuple[ast.Item, ...]) -> tuple[Body, ...]:
    """Return the code of a design, in the order of the text."""
    roles = Roles(items)
    return tuple(Body(item, lists_of(item), locals_of(item), roles) for item in items if isinstance(item, CODE))


def shown(expression: ast.Expr, most: int = 40) -> str:
    """Return an expression for a sentence."""
    text = unparse_expression(expression)
    return text if len(text) <= most else text[: most - 1] + "…"


def words(text: str) -> str:
    """Return a text as part of a name: letters, digits and single underscores."""
    letters = "".join(sign if sign.isalnum() and sign.isascii() else " " for sign in text)
    return "_".join(letters.split())[:24].strip("_")
