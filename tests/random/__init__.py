"""Random specs that use the whole language: ``language_model(seed)`` is the text of one.

A grammar of producers by type, one idea to a module: ``world`` draws what is declared,
``expressions``, ``operations``, ``statements`` and ``control`` draw code in a scope, ``routines``
bodies of processes and inlines, ``properties`` and ``variants`` what is asked and edited, ``model``
the whole. The specs make no sense; they are legal but for a few, and small. ``compare`` asks all
programs about one, ``shrink`` makes one small that fails.
"""

from tests.random.model import language_model

__all__ = ["language_model"]
