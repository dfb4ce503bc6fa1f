"""Identifiers that Promela and Murphi accept, as close as possible to the user's names."""

from __future__ import annotations

from collections.abc import Iterable

#: Words of Promela, of C (which SPIN generates, with the names of the model in it) and of Murphi.
_TAKEN = frozenset(
    """
    active alias array assert assume atomic auto begin bit bool boolean break by byte case chan char clear const
    continue
    cover d_step default do double else elsif empty enabled end endalias endexists endfor endforall endfunction endif
    endprocedure endrecord endrule endruleset endstartstate endswitch endwhile enum eof error eval exists extern false
    fi
    float for forall from full function goto hidden if in init inline int invariant isundefined len liveness local long
    ltl main map mtype nempty never nfull notrace now np_ null od of pc_value pid printf printm priority procedure
    process proctype program property provided put record register return rule ruleset run scalarset select short show
    signed sizeof skip smt startstate state static string struct switch then this timeout to trace trans true type
    typedef undefine union unless unsigned until var void volatile while xr xs
    """.split()  # noqa: SIM905
)


def identifiers(names: Iterable[str]) -> list[str]:
    """Return a different identifier for each name: letters, digits and underscores, no word that
    means something else.
    """
    used: set[str] = set()
    result: list[str] = []
    for name in names:
        plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in name).strip("_")
        while "__" in plain:
            plain = plain.replace("__", "_")
        if not plain or plain[0].isdigit():
            plain = f"v_{plain}"
        if plain.lower() in _TAKEN:
            plain += "_0"
        unique, number = plain, 1
        # Case is no difference in Murphi.
        while unique.lower() in used:
            number += 1
            unique = f"{plain}_{number}"
        used.add(unique.lower())
        result.append(unique)
    return result
