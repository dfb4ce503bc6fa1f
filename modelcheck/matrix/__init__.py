"""The matrix: every (variant, scenario, property) cell, compared with what the spec expects.

``modelcheck.matrix`` is also a function of the Python interface. Importing this package hides that function behind the
package, so the package can be called and passes the call on.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _CallableModule(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        import modelcheck

        return modelcheck.check_matrix(*arguments, **options)


sys.modules[__name__].__class__ = _CallableModule
