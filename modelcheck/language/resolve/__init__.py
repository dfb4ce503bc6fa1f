"""Names, types, effects: from the surface tree after variant edits to the typed tree of one scenario.

``language.resolve.resolve`` is the way in. Nothing is imported here: who wants a type of the typed
tree only, as everybody does who speaks of verdicts, shall not have to load what makes it.
"""
