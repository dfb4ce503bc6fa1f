"""A third reading of the language: an interpreter written from ``docs/semantics.md`` alone.

It shares nothing with the tool but the parser and its syntax tree, and is made to be read next to
that page, not to be fast. ``python -m tests.third`` runs random models through it and through the
tool and compares what is violated, and at which length.
"""
