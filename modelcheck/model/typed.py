"""The typed tree: a closed, checked instance of a spec.

``resolve`` makes it from the surface tree after variant edits, for *one* scenario: every name is
looked up, every expression typed, params and unknowns are constants, constant conditions are
folded away, sugar is gone. The interpreter and the elaborator both start here and share nothing else.

Node kinds say where steps are (docs/semantics.md): ``Load``, ``AtomicOp``, ``LockOp``,
``CondLoad``, ``New``, the assignment to a shared ``Place``, ``Emit``, ``Free``, ``Touch``,
``Choose``, ``Pick``, ``When``, ``Atomic``, and an ``Assert`` that reads shared state. In a *pure
context* (guards, asserts, atomic blocks, properties, initialisers) the same nodes are evaluated at
once.

Identity: every declared thing has an integer ``id``, unique within its kind in one ``Model``;
side tables (here, in the interpreter, in the elaborator) are keyed by it.
"""

from __future__ import annotations

from modelcheck.model.events import *  # noqa: F403
from modelcheck.model.expressions import *  # noqa: F403
from modelcheck.model.locks import *  # noqa: F403
from modelcheck.model.model import *  # noqa: F403
from modelcheck.model.properties import *  # noqa: F403
from modelcheck.model.statements import *  # noqa: F403
from modelcheck.model.types import *  # noqa: F403
