"""How errors speak of terminals: which of them together mean "an expression", "a statement", "a type"…"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modelcheck.language.syntax.ast import PropertyKind
from modelcheck.language.syntax.parser.lexer import Lexeme, Scanner
from modelcheck.language.syntax.parser.tables import END
from modelcheck.model.locks import LockKind

#: The terminals that start a declaration.
_DECLARATION_NAMES = """
    IMPORT MODEL PARAM UNKNOWN ENUM BITS STRUCT OBJECT SHARED EVENT INLINE
    CALLBACK PROCESS SERVER CPU INTERRUPT SOFTIRQ NMI WAIT_QUEUE_HEAD SRCU_STRUCT COUNT ORDER ONLY_IF OBLIGATION
    INIT SCENARIO GROUP VARIANT PATCH
    EXPECT ALLOW
"""
DECLARATIONS = frozenset(_DECLARATION_NAMES.split()) | {
    *(kind.value.upper() for kind in LockKind if kind.written),
    *(kind.value.upper() for kind in PropertyKind),
}

EDITS = frozenset(["INSERT", "REPLACE", "DELETE", "OVERRIDE", "ADD", "PARAM", "SET", "EXPECT", "ALLOW"])

#: For each kind of construct: terminals that only it starts with, and all terminals that it may start with.
_KINDS: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = tuple(
    (phrase, frozenset(telling.split()), frozenset(starts.split()))
    for phrase, telling, starts in (
        (
            "a declaration",
            "PROCESS INVARIANT",
            " ".join((*DECLARATIONS, "SEMICOLON")),
        ),
        (
            "an edit",
            "INSERT REPLACE OVERRIDE",
            " ".join(EDITS),
        ),
        (
            "a statement",
            "GOTO BREAK",
            "LBRACE NAME LOCAL INCREMENT DECREMENT LPAR IF WHILE DO LOOP FOR GOTO BREAK CONTINUE RETURN WHEN ATOMIC "
            "CHOOSE PICK EMIT ASSERT BUG_ON WARN_ON SEMICOLON",
        ),
        (
            "an expression",
            "TRUE BANG",
            "NAME INT LPAR LBRACE BANG MINUS TILDE AMPERSAND FORALL EXISTS TRUE FALSE NULL NULL_OF_C NONE UNINIT "
            "WILDCARD NEW TRY_NEW COND_LOAD BV AT AFTER NR_AT",
        ),
        ("a type", "PROC OPT", "NAME INT LPAR MINUS ATOMIC REFCOUNT BV REF OPT SET PROC"),
        (
            "an operator",
            "PLUS AND",
            "STAR SLASH PERCENT PLUS MINUS SHIFT_LEFT SHIFT_RIGHT RANGE LESSTHAN AT_MOST_OR_EQUAL MORETHAN "
            "AT_LEAST_OR_EQUAL IN EQUALS DIFFERS AMPERSAND CIRCUMFLEX VBAR AND OR_ELSE IMPLIES QMARK MAY LPAR LSQB DOT "
            "ARROW PRIME",
        ),
        ("an arithmetic operator", "PLUS STAR", "STAR SLASH PERCENT PLUS MINUS RANGE LPAR"),
        ("a number", "INT LPAR MINUS", "NAME INT LPAR MINUS"),
        (
            "an assignment",
            "ADD_ASSIGN",
            "EQUAL ADD_ASSIGN SUB_ASSIGN MUL_ASSIGN DIV_ASSIGN MOD_ASSIGN AND_ASSIGN XOR_ASSIGN OR_ASSIGN SHL_ASSIGN "
            "SHR_ASSIGN INCREMENT DECREMENT LPAR LSQB DOT ARROW PRIME",
        ),
    )
)

_NAMED: Mapping[str, str] = {"NAME": "a name", "INT": "a number", "STRING": "a string", END: "the end of the file"}

#: That the list of these may end here as well goes without saying.
_LISTED = frozenset({"a declaration", "an edit", "a statement"})


def is_kind(phrase: str, accepts: frozenset[str]) -> bool:
    """Tell whether ``accepts`` shows that a construct of this kind may stand here."""
    return any(telling <= accepts for kind, telling, _ in _KINDS if kind == phrase)


def expected(accepts: frozenset[str], scanner: Scanner) -> str:
    """Return what could stand here, in words: "`;` or an assignment"."""
    rest = set(accepts)
    phrases: list[str] = []
    for phrase, telling, starts in _KINDS:
        if telling <= rest:
            phrases.append(phrase)
            rest -= starts
    words = sorted(_NAMED[name] if name in _NAMED else f"`{scanner.texts[name]}`" for name in rest)
    if _LISTED.intersection(phrases):
        words = [word for word in words if word not in ("`}`", "`else`", "the end of the file")]
    if len(phrases) + len(words) > 1:
        phrases = [phrase for phrase in phrases if phrase != "an arithmetic operator"]
    return _either([*sorted(words, key=lambda word: not word.startswith("`")), *phrases])


def _either(choices: Iterable[str]) -> str:
    *head, last = choices
    if not head:
        return last
    if len(head) > 6:
        return f"{', '.join(head[:6])}…"
    return f"{', '.join(head)} or {last}"


def described(lexeme: Lexeme) -> str:
    """Return how to speak of a lexeme that was found."""
    if lexeme.type == END:
        return "the end of the file"
    if lexeme.type == "STRING":
        return "a string"
    text = lexeme.text if len(lexeme.text) <= 30 else f"{lexeme.text[:29]}…"
    return f"`{text}`"
