"""Synthesis: every assignment of a spec's unknowns under which it is safe.

``space`` is the set of assignments, ``search`` decides each of them, ``oracle`` reads what the spec expects, ``model`` is the answer.
"""
