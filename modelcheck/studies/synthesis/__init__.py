"""Synthesis: every assignment of a spec's unknowns under which it is safe.

``space`` is the set of assignments, ``question`` what is asked about them, ``search`` decides each
(``scenario`` by scenario), ``oracle`` reads what the spec expects, ``model`` is the answer.
"""
