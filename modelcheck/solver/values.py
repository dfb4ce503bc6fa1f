"""What a z3 model says about each variable of a system, as Python values, in one go.

Evaluating many terms in a model is an order of magnitude slower through z3's Python interface than
in compiled Python on these values.
"""

from __future__ import annotations

from collections.abc import Mapping

import z3

from modelcheck.solver.builder import Expr


class Reader:
    """Reads the values of ``variables`` (constants of z3, by id) from models. What a model leaves open is 0."""

    def __init__(self, variables: Mapping[int, Expr]) -> None:
        self._declarations = [(id, e.decl().ast, z3.is_bool(e)) for id, e in variables.items()]

    def __call__(self, model: z3.ModelRef) -> dict[int, bool | int]:
        context = model.ctx.ref()
        found: dict[int, bool | int] = {}
        for id, declaration, boolean in self._declarations:
            ast = z3.Z3_model_get_const_interp(context, model.model, declaration)
            if not ast:
                found[id] = False if boolean else 0
            elif boolean:
                found[id] = z3.Z3_get_bool_value(context, ast) == z3.Z3_L_TRUE
            else:
                found[id] = int(z3.Z3_get_numeral_string(context, ast))
        return found
