"""The surface syntax tree: what the user wrote, node by node, before any name is looked up.

All nodes are frozen. ``span`` never takes part in comparison, so ``parse(unparse(tree)) == tree``
can be stated with ``==``. Edits of variants work on this tree; nothing after ``resolve`` sees it.
"""

from __future__ import annotations

from modelcheck.language.syntax.ast.declarations import *  # noqa: F403
from modelcheck.language.syntax.ast.expectations import *  # noqa: F403
from modelcheck.language.syntax.ast.expressions import *  # noqa: F403
from modelcheck.language.syntax.ast.properties import *  # noqa: F403
from modelcheck.language.syntax.ast.scenarios import *  # noqa: F403
from modelcheck.language.syntax.ast.spec import *  # noqa: F403
from modelcheck.language.syntax.ast.statements import *  # noqa: F403
from modelcheck.language.syntax.ast.types import *  # noqa: F403
from modelcheck.language.syntax.ast.variants import *  # noqa: F403
