"""The ground truth: runs the typed tree as docs/semantics.md says, step by step. Shares no code with
the elaborator or the engines.

Bodies become flat code (``code``, ``builder``, ``statements``, ``expressions``, ``calls``,
``questions``) for a stack machine (``machine``, ``access``, ``atomics``, ``locks``, ``objects``);
``interpreter`` executes steps, ``judge`` and ``monitors`` decide properties, ``replay`` makes
traces.
"""
