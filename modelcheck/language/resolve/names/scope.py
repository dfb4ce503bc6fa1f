"""What the resolution of one body (of a process, inline, property, initial value) knows about its surroundings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, NoReturn, Protocol, TypeAlias

from modelcheck.ground.diagnostics import DiagnosticBag, Fix, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import missing
from modelcheck.language.resolve.names.declarations import TypeName
from modelcheck.language.syntax import ast
from modelcheck.model import typed

if TYPE_CHECKING:
    from modelcheck.language.resolve.names.uses import Uses


class UnresolvedError(Exception):
    """The thing at hand is wrong and has been reported; whoever can go on without it catches this."""


class Site(Enum):
    """Where an expression or statement stands: decides what it may ask about and do."""

    CODE = "code"
    INIT = "an init block"
    INITIAL = "an initial value"
    CONSTANT = "a constant"
    REQUIRES = "a requires clause"
    PROPERTY = "a property"


@dataclass(frozen=True, slots=True)
class Header:
    """What a call must know of an inline or callback."""

    name: str
    parameters: tuple[typed.Local | typed.RefParam, ...]
    result: typed.Type
    callback: bool
    span: Span


@dataclass(frozen=True, slots=True)
class SharedHeader:
    """What an access must know of a shared variable."""

    id: int
    name: str
    type: typed.Type


class Table(Protocol):
    """Declared things by name; each is worked out when it is first asked for. All raise ``UnresolvedError``."""

    @property
    def bag(self) -> DiagnosticBag: ...

    @property
    def uses(self) -> Uses | None:
        """Takes down where names stand, if somebody wants to know."""

    def constant(self, name: str, span: Span) -> typed.Constant | None:
        """The value of a param or unknown, None if there is none of that name."""

    def shared(self, name: str) -> SharedHeader | None:
        """The shared variable of that name."""

    def is_shared(self, name: str) -> bool:
        """Whether there is a shared variable of that name; it is not worked out."""

    def literal(self, name: str) -> Sequence[str]:
        """The enums that have a literal of that name."""

    def type_name(self, name: str) -> TypeName | None:
        """The declaration of what is a type by that name."""

    def type_names(self) -> Iterable[str]: ...

    def enum(self, name: str) -> typed.EnumType: ...

    def word(self, name: str) -> typed.BvType:
        """The bit-vector whose bits a ``bits`` declaration names."""

    def check_bit(self, context: Context, number: int, span: Span) -> None:
        """Report the number of a bit that no word has. Raises ``UnresolvedError`` after that."""

    def bit(self, name: str) -> tuple[int, typed.BvType] | None:
        """The number of the bit of that name, and the word that it is one of."""

    def struct(self, name: str) -> typed.StructType: ...

    def object_fields(self, name: str) -> dict[str, typed.Type]: ...

    def reference(self, name: str) -> typed.RefType:
        """The type of references to an object."""

    def process_type(self, name: str) -> typed.Type:
        """The type of the identities of a process class: ``ProcType`` or the enum it is indexed by."""

    def process_count(self, name: str) -> int | None:
        """How many instances the scenario runs; None for any number."""

    def header(self, name: str, caller: Context, span: Span) -> Header | None:
        """The inline or callback of that name (noting that ``caller`` calls it)."""

    def body_reads_shared(self, name: str) -> bool:
        """Whether the inline (used in a pure context) reads shared state."""

    def event(self, name: str) -> typed.Event | None: ...

    def type(self, node: ast.TypeNode | ast.Expr) -> typed.Type:
        """What a type as written means."""

    def index_type(self, node: ast.TypeNode | ast.Expr) -> typed.Type:
        """What indexes an array, as written: there ``n`` means ``0..n-1``."""

    def new_local(self, name: str, type: typed.Type, owner: str, span: Span) -> typed.Local:
        """A local with a number of its own, of the process, inline or property ``owner``."""

    def function_names(self) -> Iterable[str]: ...

    def value_names(self) -> Iterable[str]: ...

    def event_names(self) -> Iterable[str]: ...

    def note_unmodelled(self, promised: typed.Unmodelled, name: str, span: Span) -> None:
        """Take down that the spelling ``name`` promises what no step does."""

    def label(self, node: ast.LabelPath, context: Context) -> typed.LabelRef:
        """The places that a label in a property means."""

    def instance(self, process: str, node: ast.Expr, context: Context) -> typed.Expr:
        """The instance of a class that a property names: an identity, or a constant number."""


#: A name in a body. ``None`` marks one whose declaration was wrong: its uses are not reported again.
Symbol: TypeAlias = typed.Local | typed.RefParam | None


@dataclass(slots=True)
class Context:
    """The surroundings of one body; ``scopes`` grows and shrinks with its blocks, innermost last."""

    table: Table
    owner: str
    site: Site
    self_type: typed.Type | None = None
    scopes: list[dict[str, Symbol]] = field(default_factory=lambda: [{}])
    fixed: set[int] = field(default_factory=set)  # loop and quantifier variables: not assignable
    uses_self: list[Span] = field(default_factory=list)
    calls: list[tuple[str, Span]] = field(default_factory=list)
    labels: list[typed.LabelRef] = field(default_factory=list)  # that a property names
    classes: list[str] = field(default_factory=list)  # process classes that a property ranges over
    pure: int = 0
    primed: bool = False
    allow_primed: bool = False
    allow_after: bool = False
    unused: bool = False  # nobody calls it in this scenario: `self` cannot be typed

    @property
    def bag(self) -> DiagnosticBag:
        return self.table.bag

    def fail(
        self, code: str, message: str, span: Span, notes: Iterable[Note] = (), fixes: Iterable[Fix] = ()
    ) -> NoReturn:
        """Report an error and give up on the construct at hand."""
        self.bag.error(code, message, span, notes, fixes)
        raise UnresolvedError

    def fail_missing(
        self, code: str, message: str, name: str, candidates: Iterable[str], span: Span, behind: Span | None = None
    ) -> NoReturn:
        """Report a name that does not exist (``suggest.missing``) and give up on the construct at hand."""
        self.bag.add(missing(code, message, name, candidates, span, behind=behind))
        raise UnresolvedError

    def lookup(self, name: str) -> tuple[bool, Symbol]:
        """Return (found, symbol)."""
        for scope in reversed(self.scopes):
            if name in scope:
                return True, scope[name]
        return False, None

    def declare(self, name: str, symbol: Symbol, span: Span) -> None:
        """Enter a local name; one that hides another is an error."""
        hidden = self._hidden(name)
        if hidden is not None:
            what, where = hidden
            notes = [Note(f"`{name}` is declared here", where)] if where is not None else []
            self.bag.error("MC103", f"`{name}` hides the {what} of the same name", span, notes)
        self.scopes[-1][name] = symbol
        if symbol is not None and self.table.uses is not None:
            self.table.uses.local(name, self.owner, symbol.span)

    def use_local(self, symbol: typed.Local | typed.RefParam, span: Span) -> None:
        """Note that a local name stands in ``span``."""
        if self.table.uses is not None:
            self.table.uses.use_local(symbol.name, symbol.span, span)

    def _hidden(self, name: str) -> tuple[str, Span | None] | None:
        found, symbol = self.lookup(name)
        if found:
            kind = "parameter" if isinstance(symbol, typed.RefParam) else "local"
            return kind, None if symbol is None else symbol.span
        if self.table.is_shared(name):
            return "shared variable", None
        if self.table.literal(name):
            return "enum literal", None
        return None

    @contextmanager
    def scope(self) -> Iterator[dict[str, Symbol]]:
        """Open a scope for the duration of a ``with`` block."""
        scope: dict[str, Symbol] = {}
        self.scopes.append(scope)
        try:
            yield scope
        finally:
            self.scopes.pop()

    @contextmanager
    def purely(self) -> Iterator[None]:
        """Everything inside is evaluated at once."""
        self.pure += 1
        try:
            yield
        finally:
            self.pure -= 1

    def local_names(self) -> Iterator[str]:
        """Yield all names in scope."""
        for scope in self.scopes:
            yield from scope


def plural(number: int, word: str) -> str:
    """Return ``1 argument``, ``2 arguments``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
